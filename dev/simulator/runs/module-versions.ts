/** Versions of modules. Each is tested by a run; what became of its latest test is what the version is. */
import { isTerminalState } from '../../../shared/contract/states.ts';
import { type Commit, currentState, type Run, type RunRequest, type Stack } from '../model.ts';
import { hashOf } from './commits.ts';

export type ModuleVersion = {
  readonly id: string;
  readonly moduleId: string;
  /** As semantic versioning has it. */
  readonly number: string;
  readonly commit: Commit;
  /** Its tests, oldest first. */
  readonly tests: Run[];
};

/** Length of Spacelift's ids. */
const ID_LENGTH = 26;

export class ModuleVersions {
  readonly #versions = new Map<string, ModuleVersion>();

  find(moduleId: string, id: string): ModuleVersion | null {
    const version = this.#versions.get(id);
    return version?.moduleId === moduleId ? version : null;
  }

  /** Without a number it is the next patch of 0.1. */
  add(module: Stack, commit: Commit, number: string | null): ModuleVersion {
    const earlier = [...this.#versions.values()].filter(({ moduleId }) => moduleId === module.id);
    const version = {
      id: hashOf(`${module.id}/${earlier.length}`).slice(0, ID_LENGTH).toUpperCase(),
      moduleId: module.id,
      number: number ?? `0.1.${earlier.length}`,
      commit,
      tests: [],
    };
    this.#versions.set(version.id, version);
    return version;
  }
}

export type VersionState = 'ACTIVE' | 'FAILED' | 'PENDING';

export function stateOfVersion({ tests }: Pick<ModuleVersion, 'tests'>): VersionState {
  const last = tests.at(-1);
  const state = last === undefined ? 'QUEUED' : currentState(last);
  if (!isTerminalState(state)) return 'PENDING';
  return state === 'FINISHED' ? 'ACTIVE' : 'FAILED';
}

/** What a version's test asks for; modules have no dependents. */
export const testOf = ({ commit }: ModuleVersion, triggeredBy: string) =>
  ({ type: 'TESTING', commit, triggeredBy }) satisfies Partial<RunRequest>;
