import type { Drill } from '../drill.ts';
import { apiFuzz } from './api-fuzz.ts';

export const apiDrills: readonly Drill[] = [
  {
    name: 'api-fuzz',
    fault: 'requests of every kind, valid, nearly valid and wild, come to every endpoint of the HTTP API',
    pace: 'busy',
    run: apiFuzz,
  },
];
