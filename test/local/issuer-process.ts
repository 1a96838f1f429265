// Runs the issuer in a process of its own: jose is an ES module, which jest cannot load. It ends with its parent.
import { startIssuer } from '../../lib/local/issuer.ts';

const issuer = await startIssuer(0);
process.once('disconnect', () => void issuer.stop());
process.send?.(issuer.url);
