import type { Drill } from '../drill.ts';
import { apiFuzz } from './api-fuzz.ts';
import { apiSubmits } from './api-submits.ts';

export const apiDrills: readonly Drill[] = [
  {
    name: 'api-fuzz',
    fault: 'requests of every kind, valid, nearly valid and wild, come to every endpoint of the HTTP API',
    pace: 'busy',
    run: apiFuzz,
  },
  {
    name: 'api-submits',
    fault: 'the function of the HTTP API dies at random while 50 clients submit jobs, a fifth of them twice',
    pace: 'busy',
    run: apiSubmits,
  },
];
