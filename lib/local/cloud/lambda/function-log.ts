/** Where Lambda writes what a function prints, if its role lets it. */
export type FunctionLog = (line: string) => void;

export type LogParts = {
  /** Asked at the first line: why none may be written, if so. */
  refusal(): Promise<string | undefined>;
  pass(line: string): void;
  /** Told once why there is no log. AWS itself says nothing. */
  onRefusal(sentence: string): void;
};

/** Holds lines back until it is known whether they may be written. */
export const createFunctionLog = ({ refusal, pass, onRefusal }: LogParts): FunctionLog => {
  const held: string[] = [];
  let write: ((line: string) => void) | undefined;
  const open = async (): Promise<void> => {
    const sentence = await refusal();
    write = sentence === undefined ? pass : () => undefined;
    if (sentence !== undefined) onRefusal(sentence);
    for (const line of held.splice(0)) write(line);
  };
  return (line) => {
    if (write !== undefined) return write(line);
    if (held.push(line) === 1) void open();
  };
};
