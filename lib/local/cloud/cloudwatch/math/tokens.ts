/** A word of a metric math expression or of a composite alarm's rule. */
export type Token =
  | { kind: 'number'; value: number }
  | { kind: 'text'; value: string }
  | { kind: 'name'; value: string }
  | { kind: 'sign'; value: string };

const WORD =
  /\s*(?:(\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)|"([^"]*)"|'([^']*)'|([A-Za-z][\w]*)|(>=|<=|==|!=|&&|\|\||[-+*/^()[\],<>]))/y;

/** Splits a text into words; throws with the place of what is none. */
const tokensOf = (text: string): Token[] => {
  const tokens: Token[] = [];
  WORD.lastIndex = 0;
  let at = 0;
  for (let match = WORD.exec(text); match !== null; match = WORD.exec(text)) {
    at = WORD.lastIndex;
    tokens.push(tokenOf(match));
  }
  const rest = text.slice(at).trim();
  if (rest !== '') throw new Error(`"${text}" cannot be read from "${rest}" on`);
  return tokens;
};

const tokenOf = ([, number, double, single, name, sign = '']: RegExpExecArray): Token => {
  if (number !== undefined) return { kind: 'number', value: Number(number) };
  const quoted = double ?? single;
  if (quoted !== undefined) return { kind: 'text', value: quoted };
  return name === undefined ? { kind: 'sign', value: sign } : { kind: 'name', value: name };
};

/** Reads tokens one after the other. */
export type Reader = {
  peek(): Token | undefined;
  /** Takes the next token if it is this sign or name. */
  take(value: string): boolean;
  next(): Token | undefined;
  /** Takes this sign, or throws. */
  expect(value: string): void;
  /** An error that quotes the whole text. */
  problem(sentence: string): Error;
};

export const readerOf = (text: string): Reader => {
  const tokens = tokensOf(text);
  let at = 0;
  const peek = () => tokens[at];
  const problem = (sentence: string) => new Error(`"${text}": ${sentence}`);
  const take = (value: string): boolean => {
    const token = peek();
    const isThere = (token?.kind === 'sign' || token?.kind === 'name') && token.value === value;
    if (isThere) at += 1;
    return isThere;
  };
  return {
    peek,
    take,
    next: () => {
      at += 1;
      return tokens[at - 1];
    },
    expect: (value) => {
      if (!take(value)) throw problem(`"${value}" is missing before "${peek()?.value ?? 'the end'}"`);
    },
    problem,
  };
};
