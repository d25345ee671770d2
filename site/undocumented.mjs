import { ReflectionKind } from 'typedoc'

const {
  Class,
  Interface,
  TypeAlias,
  Function: Functions,
  Variable,
  Property,
  Method,
  Accessor,
} = ReflectionKind
const NAMED = Class | Interface | TypeAlias | Functions | Variable | Property | Method | Accessor

/** The exports, members and options of a project that have no description. */
export function undocumented(project) {
  return project
    .getReflectionsByKind(NAMED)
    .filter(each => !isDescribed(each) && !isInLiteral(each) && !isForeign(each))
    .map(each => each.getFullName())
}

/** One of several signatures is enough, and of a getter and a setter too. */
function isDescribed(each) {
  const { signatures = [], getSignature, setSignature } = each
  return [each, ...signatures, getSignature, setSignature].some(one => one?.hasComment())
}

/** What stands above an object that is written in place describes its members too. */
function isInLiteral({ parent }) {
  return parent !== undefined && (parent.kindOf(ReflectionKind.TypeLiteral) || isInLiteral(parent))
}

/** Of a class that another package makes. */
function isForeign({ flags, parent }) {
  return flags.isExternal || (parent !== undefined && isForeign(parent))
}
