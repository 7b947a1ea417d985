/** Which operations a request asks for: the root fields of its document, with the stack and run their arguments name. */
import {
  type DocumentNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  valueFromASTUntyped,
} from 'graphql';

export type RootField = {
  readonly name: string;
  /** Of the first stack, where there are several. */
  readonly stack?: string;
  readonly run?: string;
  /** What the argument `id` says, whatever it is the id of. */
  readonly id?: string;
};

/** Empty for a body that is no GraphQL request; the executor says why. */
export function readRootFields(body: string): readonly RootField[] {
  try {
    const { query, variables, operationName } = JSON.parse(body) as Record<string, unknown>;
    const operation = findOperation(parse(String(query)), operationName);
    return operation === undefined ? [] : fieldsOf(operation, Object(variables ?? {}));
  } catch {
    return [];
  }
}

const findOperation = ({ definitions }: DocumentNode, name: unknown) =>
  definitions.find(
    (definition): definition is OperationDefinitionNode =>
      definition.kind === Kind.OPERATION_DEFINITION &&
      (typeof name !== 'string' || definition.name?.value === name),
  );

function fieldsOf(
  operation: OperationDefinitionNode,
  variables: Record<string, unknown>,
): readonly RootField[] {
  return operation.selectionSet.selections.flatMap((selection) => {
    if (selection.kind !== Kind.FIELD) return [];
    const name = selection.name.value;
    const args = new Map(
      (selection.arguments ?? []).map((argument) => [
        argument.name.value,
        valueFromASTUntyped(argument.value, variables),
      ]),
    );
    const id = args.get('id');
    const stack = args.get('stack') ?? (name.startsWith('stack') ? id : firstStackOf(args));
    const run = args.get('run');
    return [
      {
        name,
        ...(typeof stack === 'string' && { stack }),
        ...(typeof run === 'string' && { run }),
        ...(typeof id === 'string' && { id }),
      },
    ];
  });
}

/** A batch names its stacks in its input. */
function firstStackOf(args: ReadonlyMap<string, unknown>): unknown {
  const { stacks } = Object(args.get('input')) as { readonly stacks?: unknown };
  return Array.isArray(stacks) ? Object(stacks[0]).stack : undefined;
}
