/** Lets operations run side by side, and each transaction alone. */
export type TransactionGate = {
  share<T>(operation: () => Promise<T>): Promise<T>;
  exclude<T>(transaction: () => Promise<T>): Promise<T>;
};

export const createTransactionGate = (): TransactionGate => {
  let running = 0;
  let drained: (() => void) | undefined;
  let closed: Promise<void> | undefined;
  return {
    share: async (operation) => {
      while (closed !== undefined) await closed;
      running += 1;
      try {
        return await operation();
      } finally {
        running -= 1;
        if (running === 0) drained?.();
      }
    },
    exclude: async (transaction) => {
      while (closed !== undefined) await closed;
      const { promise, resolve: reopen } = Promise.withResolvers<void>();
      closed = promise;
      try {
        if (running > 0) await new Promise<void>((resolve) => (drained = resolve));
        return await transaction();
      } finally {
        drained = undefined;
        closed = undefined;
        reopen();
      }
    },
  };
};
