/** What a check has found. A fix is one line. */
export type Finding = { check: string } & (
  | { kind: 'held'; found: string }
  /** The stage can be deployed and will lack something. */
  | { kind: 'warned'; found: string; fix: string }
  /** Nothing is deployed. */
  | { kind: 'refused'; found: string; fix: string }
  /** It could not be looked at from here. */
  | { kind: 'unknown'; why: string }
);

/** What a check found, before it has the check's name. */
export type Verdict = Finding extends infer Each
  ? Each extends Finding
    ? Omit<Each, 'check'>
    : never
  : never;

export const held = (found: string): Verdict => ({ kind: 'held', found });
export const warned = (found: string, fix: string): Verdict => ({ kind: 'warned', found, fix });
export const refused = (found: string, fix: string): Verdict => ({ kind: 'refused', found, fix });
export const unknown = (why: string): Verdict => ({ kind: 'unknown', why });
