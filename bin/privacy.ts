import { publishDocuments } from '../lib/privacy/documents/publish.ts';

// `npm run privacy`: writes what of docs/privacy is made of the data map.
publishDocuments();
