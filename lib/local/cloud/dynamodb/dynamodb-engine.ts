import database from 'dynalite/db/index.js';
import validations from 'dynalite/validations/index.js';
import { connectionReset } from '../json-service.ts';
import { checkRequest, measureInBytes } from './dynamodb-limits.ts';

/** An item or a key, in DynamoDB's wire form. */
export type Item = Record<string, unknown>;
export type Output = Record<string, unknown>;

/** Runs one operation; throws a refusal, in DynamoDB's words, when it is refused. */
export type Execute = (operation: string, input: object) => Promise<Output>;

/** dynalite as a library: its checks, its operations and its store, without its HTTP server. */
export type DynamoEngine = {
  supports(operation: string): boolean;
  execute: Execute;
  /** Throws when the condition of a DeleteItem request does not hold; writes nothing. */
  checkCondition(input: object, existing: Item | undefined): void;
  /** To be called when nothing is under way; what comes later finds its connection reset. */
  close(): Promise<void>;
};

type Action = (store: unknown, request: object, done: (error: Error | null, output?: Output) => void) => void;
type Validation = { types: Record<string, unknown>; custom?: unknown };
type Operation = { action: Action; validation: Validation };

const operationNames = [
  'BatchGetItem',
  'BatchWriteItem',
  'CreateTable',
  'DeleteItem',
  'DeleteTable',
  'DescribeTable',
  'GetItem',
  'ListTables',
  'ListTagsOfResource',
  'PutItem',
  'Query',
  'Scan',
  'TagResource',
  'UntagResource',
  'UpdateItem',
  'UpdateTable',
];

/** `path`: directory of a LevelDB that outlives the process; in memory without it. */
export const createDynamoEngine = async (path: string | undefined): Promise<DynamoEngine> => {
  returnItemOfFailedConditions();
  measureInBytes();
  const store = database.create({
    createTableMs: 0,
    deleteTableMs: 0,
    updateTableMs: 0,
    ...(path === undefined ? {} : { path }),
  });
  hasten(store.db);
  const operations = new Map<string, Operation>();
  for (const name of operationNames) operations.set(name, await loadOperation(name));
  const underWay = new Set<Promise<Output>>();
  let closing = false;
  return {
    supports: (name) => operations.has(name),
    execute: async (name, input) => {
      if (closing) throw connectionReset();
      const running = run(store, operationNamed(operations, name), input);
      underWay.add(running);
      return running.finally(() => underWay.delete(running));
    },
    checkCondition: (input, existing) => {
      const failure = database.checkConditional(
        validate(store, operationNamed(operations, 'DeleteItem'), input),
        existing,
      );
      if (failure) throw failure;
    },
    close: async () => {
      closing = true;
      // dynalite throws out of its callbacks, where nobody can catch it, when its store closes under a running scan.
      await Promise.allSettled(underWay);
      await new Promise<void>((resolve, reject) =>
        store.db.close((error) => (error ? reject(error) : resolve())),
      );
    },
  };
};

type StoreDb = ReturnType<typeof database.create>['db'];

/** After each look into its store dynalite waits for the next turn of the event loop, four times for a write: here, for a microtask. */
const hasten = (db: StoreDb): void => {
  const { get, put, del } = db;
  db.get = (key, done) => soon(get(key), done);
  db.put = (key, value, done) => soon(put(key, value), done);
  db.del = (key, done) => soon(del(key), done);
};

/** What a callback throws is thrown where nobody catches it, as dynalite means it to be. */
const soon = <Value>(
  operation: Promise<Value>,
  done?: (error: Error | null, value?: Value) => void,
): Promise<Value> => {
  if (done !== undefined)
    operation.then(
      (value) => queueMicrotask(() => done(null, value)),
      (error: Error) => queueMicrotask(() => done(error)),
    );
  return operation;
};

const operationNamed = (operations: Map<string, Operation>, name: string): Operation => {
  const operation = operations.get(name);
  if (operation === undefined) throw new Error(`dynalite has no operation ${name}`);
  return operation;
};

const loadOperation = async (name: string): Promise<Operation> => {
  const file = validations.toLowerFirst(name);
  const action: { default: Action } = await import(`dynalite/actions/${file}.js`);
  const validation: { default: Validation } = await import(`dynalite/validations/${file}.js`);
  if (conditionalWrites.has(name)) {
    // dynalite drops what it has no type for.
    validation.default.types.ReturnValuesOnConditionCheckFailure = {
      type: 'String',
      enum: ['ALL_OLD', 'NONE'],
    };
  }
  return { action: action.default, validation: validation.default };
};

const conditionalWrites = new Set(['PutItem', 'UpdateItem', 'DeleteItem']);

const validate = (store: unknown, { validation }: Operation, input: object): Record<string, unknown> => {
  checkRequest(input);
  const request = validations.checkTypes(input, validation.types);
  validations.checkValidations(request, validation.types, validation.custom, store);
  return request;
};

const run = async (store: unknown, operation: Operation, input: object): Promise<Output> => {
  const request = validate(store, operation, input);
  const { promise, resolve, reject } = Promise.withResolvers<Output>();
  operation.action(store, request, (error, output) => (error ? reject(error) : resolve(output ?? {})));
  return promise;
};

const checkConditional = database.checkConditional;

/** dynalite checks a condition while it holds the item's lock, so only there is the item the one that failed it. */
const returnItemOfFailedConditions = (): void => {
  database.checkConditional = (request, existing) => {
    const failure = checkConditional(request, existing);
    if (failure && request.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' && existing !== undefined) {
      failure.body.Item = existing;
    }
    return failure;
  };
};
