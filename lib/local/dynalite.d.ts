// dynalite 4 has no types of its own. These are the parts that dynamodb-engine.ts uses.

declare module 'dynalite/db/index.js' {
  export type Item = Record<string, unknown>;
  export type RequestError = Error & { statusCode: number; body: Record<string, unknown> };
  export type Store = { lifecycleManager?: unknown; db: { close(callback: (error?: Error) => void): void } };
  type Database = {
    create(options: { path?: string; createTableMs?: number; deleteTableMs?: number; updateTableMs?: number }): Store;
    checkConditional(request: Record<string, unknown>, existing: Item | undefined): RequestError | null | undefined;
    validationError(message: string): RequestError;
  };
  const database: Database;
  export default database;
}

declare module 'dynalite/validations/index.js' {
  type Types = Record<string, unknown>;
  type Validations = {
    checkTypes(request: object, types: Types): Record<string, unknown>;
    checkValidations(request: object, types: Types, custom: unknown, store: unknown): void;
    toLowerFirst(text: string): string;
  };
  const validations: Validations;
  export default validations;
}
