/**
 * A module version in the form of a policy input (`module_version`), forwarded whole or cut down. What Spacelift sends
 * by default for it is written down nowhere, so that is nobody's family and stays unparsed.
 */
import { toInstant } from '../instants.ts';
import { type Family, isJsonObject, listOf, objectOf, textOf } from './family.ts';

export const moduleVersion: Family = {
  recognises: (payload) => isJsonObject(payload['module_version']),

  read(payload) {
    const told = objectOf(payload['module_version']);
    const version = objectOf(told['version']);
    const testedAt = listOf(version['test_runs']).reduce<number>(
      (latest, run) => Math.max(latest, toInstant(objectOf(run)['updated_at']) ?? 0),
      0,
    );
    return {
      about: 'module',
      type: 'module_version',
      moduleId: objectOf(told['module'])['id'],
      versionId: version['id'],
      number: textOf(version['number']),
      state: version['state'],
      commit: textOf(objectOf(version['commit'])['hash']),
      latest: version['latest'] === true,
      occurredAt: testedAt || toInstant(version['created_at']),
    };
  },
};
