import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import {
  GraphQLError,
  Kind,
  OperationTypeNode,
  type ASTVisitor,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';

const MAX_DEPTH = 10;
const MAX_ALIASES = 30;
const MAX_MUTATIONS = 10;

/**
 * Bounds for the parser. A vector of 2,000 numbers as a literal fits, a document made to keep the validator busy does
 * not. Images in base64 belong into variables.
 */
export const PARSE_LIMITS = {
  maxLexicalTokens: 4_000,
  maxComments: 1_000,
  maxSourceLength: 1_000_000,
} as const;

/**
 * Rules that bound the shape of a document. What lists multiply is bounded by the operation's budget, while it runs.
 *
 * The rules of GraphQL Armor would throw and so end the whole validation as a server error; here they report.
 */
export const limitRules: readonly ValidationRule[] = [
  maxDepthRule({
    n: MAX_DEPTH,
    flattenFragments: true,
    propagateOnRejection: false,
    onReject: [
      report(
        `The operation is nested more than ${MAX_DEPTH} levels deep. Fetch deeper levels in another operation, by id.`,
      ),
    ],
  }),
  maxAliasesRule({
    n: MAX_ALIASES,
    propagateOnRejection: false,
    onReject: [
      report(
        `The operation has more than ${MAX_ALIASES} aliases. Use lists, such as \`nodes\`, or several operations.`,
      ),
    ],
  }),
  maxMutationsRule,
];

/** Mutations of one operation run one after the other, each for up to 100 images: a few dozen could run for hours. */
function maxMutationsRule(context: ValidationContext): ASTVisitor {
  // As execution does, this counts a fragment once, however often it is spread: nested spreads cannot multiply.
  const countFields = ({ selections }: SelectionSetNode, seen: Set<string>): number => {
    let count = 0;
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        count += 1;
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        count += countFields(selection.selectionSet, seen);
      } else if (!seen.has(selection.name.value)) {
        seen.add(selection.name.value);
        const fragment = context.getFragment(selection.name.value);
        if (fragment) count += countFields(fragment.selectionSet, seen);
      }
    }
    return count;
  };
  return {
    OperationDefinition(operation) {
      if (
        operation.operation === OperationTypeNode.MUTATION &&
        countFields(operation.selectionSet, new Set()) > MAX_MUTATIONS
      ) {
        context.reportError(
          new GraphQLError(
            `The operation has more than ${MAX_MUTATIONS} mutations. Send them in several operations.`,
            { nodes: operation },
          ),
        );
      }
    },
  };
}

function report(message: string) {
  return (context: ValidationContext | null) => {
    context?.reportError(new GraphQLError(message));
  };
}
