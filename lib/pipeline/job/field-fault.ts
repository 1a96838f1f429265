import type * as z from 'zod/mini';

/** Which field is at fault, as a path such as `input.messages.0.role`, and what of it; never what was sent. */
export type FieldFault = { field: string; fault: string };

/** Nobody mends more than this at a time. */
const MOST_FAULTS = 5;

/** What is wrong with a document that a producer sent. `root`: what the document as a whole is called. */
export const faultsOf = (issues: readonly z.core.$ZodIssue[], root: string): FieldFault[] =>
  issues
    .slice(0, MOST_FAULTS)
    .map((issue) => ({ field: fieldOf(issue.path, root), fault: describeFault(issue) }));

/** zod's own messages may quote the input (a key, a value), and what is said of a message travels further than it may. */
const describeFault = (issue: z.core.$ZodIssue): string => {
  switch (issue.code) {
    case 'unrecognized_keys':
      return `has ${issue.keys.length} unknown field(s)`;
    case 'custom':
      return issue.message; // ours: no check of these schemas puts anything else there
    case 'invalid_key':
      return 'is a key that may not be: 1 to 64 characters';
    case 'invalid_type':
      if (isMetadataEntry(issue.path)) return 'is not a text';
      return `is missing or not of type ${issue.expected}`;
    case 'too_small':
      return `is below its minimum of ${issue.minimum}`;
    case 'too_big':
      return `is above its maximum of ${issue.maximum}`;
    case 'invalid_value':
      return `is none of ${issue.values.join(', ')}`;
    default:
      return 'does not have the form asked for';
  }
};

const isMetadataEntry = (path: readonly PropertyKey[]): boolean => path.at(-2) === 'metadata';

/** The keys of `metadata` are the producer's words; all other path elements are ours or numbers. */
const fieldOf = (path: readonly PropertyKey[], root: string): string => {
  if (path.length === 0) return root;
  if (isMetadataEntry(path)) return 'an entry of metadata';
  return path.map(String).join('.');
};
