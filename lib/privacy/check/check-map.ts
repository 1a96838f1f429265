import { globSync, readFileSync } from 'node:fs';
import { dataMap } from '../map/data-map.ts';
import { processors } from '../map/processors.ts';
import { egressProblems, egressProblemsOfSource } from './check-egress.ts';
import { familyProblems } from './check-families.ts';
import { resourceProblems, secondsOfVariable } from './check-resources.ts';
import { shapeProblems } from './check-shapes.ts';
import { type Resource, resourcesOf } from './resource.ts';
import { type Shapes, storedShapes } from './stored-shapes.ts';

/** Everything that a stage deploys against the map and the processors' register. */
export const stageProblems = (stage: string, resources: readonly Resource[]): string[] => [
  ...resourceProblems(stage, resources, dataMap),
  ...egressProblems(stage, resources, processors),
];

/** What the code stores and whom it calls, against the same. */
export const codeProblems = (shapes: Shapes, sources: ReadonlyMap<string, string>): string[] => [
  ...shapeProblems(dataMap, shapes),
  ...[...sources].flatMap(([file, source]) => [
    ...egressProblemsOfSource(file, source, processors),
    ...familyProblems(file, source, dataMap),
  ]),
];

/** The shapes of everything that the code stores, kept for as long as the map says. */
export const shapesOfCode = (): Promise<Shapes> =>
  storedShapes((variable) => [...secondsOfVariable('production', variable, dataMap)][0] ?? 0);

/** Whatever runs in Lambda. */
export const deployedSources = (): ReadonlyMap<string, string> =>
  new Map(
    globSync(['functions/**/*.ts', 'lib/{api,pipeline,runtime}/**/*.ts'])
      .sort()
      .map((file) => [file, readFileSync(file, 'utf8')]),
  );

/** The resources of a stage that was synthesized into `dir`. */
export const synthesizedResources = (dir: string): Resource[] =>
  globSync(`${dir}/*.template.json`).flatMap((file) => resourcesOf(JSON.parse(readFileSync(file, 'utf8'))));
