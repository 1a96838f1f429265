import type { Exchange, OnRequest } from '../../local/cloud/aws-request.ts';
import type { FunctionLine } from '../../local/cloud/cloud.ts';
import type { OnAccess } from '../../local/cloud/iam/access-control.ts';
import type { DeliveryEvent } from '../../local/cloud/lambda/deliveries.ts';

type OnLine = (functionName: string, line: string) => void;
type OnFunctionRequest = (
  action: string,
  input: object | undefined,
  exchange: Exchange | undefined,
  functionName: string,
) => void;
type OnDelivery = (event: DeliveryEvent) => void;

/** Whoever looks on while a cloud runs. */
export type Onlookers = {
  /** What functions have printed, line by line, as it comes. */
  onLine(listener: OnLine): void;
  /** Every AWS request of a function as it comes; `input` is what the operation was given, `exchange` a way to see the answer. */
  onRequest(listener: OnFunctionRequest): void;
  /** Every batch that is handed to a function, and how its invocation ended. */
  onDelivery(listener: OnDelivery): void;
  /** What IAM has decided on, each access once. */
  onAccess(listener: OnAccess): void;
};

/** `tell` is what the cloud is started with. */
export const createOnlookers = (): { onlookers: Onlookers; tell: Tell } => {
  const lines: OnLine[] = [];
  const requests: OnFunctionRequest[] = [];
  const deliveries: OnDelivery[] = [];
  const accesses: OnAccess[] = [];
  const decided: Parameters<OnAccess>[] = [];
  return {
    onlookers: {
      onLine: (listener) => void lines.push(listener),
      onRequest: (listener) => void requests.push(listener),
      onDelivery: (listener) => void deliveries.push(listener),
      // What services may do is decided while the cloud starts, before anybody can listen.
      onAccess: (listener) => {
        for (const made of decided) listener(...made);
        accesses.push(listener);
      },
    },
    tell: {
      onFunctionOutput: ({ functionName, line }) => {
        for (const listen of lines) listen(functionName, line);
      },
      onRequest: ({ caller, action }, exchange) => {
        if (caller.kind !== 'function') return;
        for (const listen of requests) listen(action, exchange?.input, exchange, caller.functionName);
      },
      onDelivery: (event) => {
        for (const listen of deliveries) listen(event);
      },
      onAccess: (...made) => {
        decided.push(made);
        for (const listen of accesses) listen(...made);
      },
    },
  };
};

type Tell = {
  onFunctionOutput(line: FunctionLine): void;
  onRequest: OnRequest;
  onDelivery: OnDelivery;
  onAccess: OnAccess;
};
