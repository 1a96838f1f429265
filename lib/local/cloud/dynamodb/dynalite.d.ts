// dynalite 4 has no types of its own. These are the parts that dynamodb-engine.ts uses; its actions and the
// validations of single operations are loaded by name.

declare module 'dynalite/db/index.js' {
  type Done<Value> = (error: Error | null, value?: Value) => void;
  /** Without a callback they answer by a promise. */
  type StoreDb = {
    get(key: string, done?: Done<unknown>): Promise<unknown>;
    put(key: string, value: unknown, done?: Done<void>): Promise<void>;
    del(key: string, done?: Done<void>): Promise<void>;
    close(callback: (error?: Error | null) => void): void;
  };
  type Store = { db: StoreDb };
  type Database = {
    create(options: {
      path?: string;
      createTableMs: number;
      deleteTableMs: number;
      updateTableMs: number;
    }): Store;
    checkConditional(request: Record<string, unknown>, existing: unknown): RequestError | null | undefined;
    itemSize(item: Item): number;
    validateItem(item: Item, table: Table): RequestError | null | undefined;
    validateKey(key: Item, table: Table, schema?: KeySchema): RequestError | null | undefined;
    updateIndexes(
      store: unknown,
      table: Table,
      existing: Item | null,
      item: Item | null,
      done: (error?: Error) => void,
    ): void;
    validationError(message: string): RequestError;
  };
  type Item = Record<string, Record<string, unknown>>;
  type KeySchema = { AttributeName: string; KeyType: 'HASH' | 'RANGE' }[];
  type Table = {
    KeySchema: KeySchema;
    GlobalSecondaryIndexes?: { IndexName: string; KeySchema: KeySchema }[];
  };
  type RequestError = Error & { body: Record<string, unknown> };
  const database: Database;
  export = database;
}

declare module 'dynalite/validations/index.js' {
  type Types = Record<string, unknown>;
  type Validations = {
    checkTypes(request: object, types: Types): Record<string, unknown>;
    checkValidations(request: object, types: Types, custom: unknown, store: unknown): void;
    toLowerFirst(text: string): string;
  };
  const validations: Validations;
  export = validations;
}
