/** A caller's runtime configuration, as the run keeps it; YAML is kept as it came and not read. */
import type { RuntimeConfig } from '../model.ts';

type Hook =
  | `after${'Apply' | 'Destroy' | 'Init' | 'Perform' | 'Plan' | 'Run'}`
  | `before${'Apply' | 'Destroy' | 'Init' | 'Perform' | 'Plan'}`;

export type RuntimeConfigInput = {
  readonly [Name in Hook]?: readonly string[] | null;
} & {
  readonly yaml?: string | null;
  readonly environment?: readonly { readonly key: string; readonly value: string }[] | null;
  readonly projectRoot?: string | null;
  readonly runnerImage?: string | null;
  readonly terraformVersion?: string | null;
};

export function toRuntimeConfig(input: RuntimeConfigInput | null): Partial<RuntimeConfig> {
  if (input === null) return {};
  const { yaml, environment, projectRoot, runnerImage, terraformVersion, ...hooks } = input;
  return {
    yaml: yaml ?? null,
    environment: Object.fromEntries((environment ?? []).map(({ key, value }) => [key, value])),
    projectRoot: projectRoot ?? '',
    runnerImage: runnerImage ?? '',
    ...(typeof terraformVersion === 'string' && { terraformVersion }),
    hooks: Object.fromEntries(
      Object.entries(hooks).map(([name, commands]) => [toSnakeCase(name), commands ?? []]),
    ),
  };
}

const toSnakeCase = (name: string) =>
  name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
