// Artillery imports a processor with import(): Node runs the TypeScript behind it as it stands, where artillery itself
// would bundle it with a compiler that keeps 480 MB for the whole run.
import { createVirtualUser } from '../lib/load/generator/virtual-user.ts';

export const live = createVirtualUser(process.env);
