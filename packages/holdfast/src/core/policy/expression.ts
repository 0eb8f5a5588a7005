// Cedar expressions in JSON form ▶ closures over a request. Unknown constructs throw Unsupported at load, never at run time.
import type { Json, JsonObject } from '../model/index.ts';
import { Refused, Unsupported, readUid } from './json-form.ts';
import {
  constant,
  known,
  knowing,
  leafAttribute,
  leafCompare,
  leafContains,
  leafEquality,
  leafIs,
  leafMembership,
  leafSets,
} from './leaf.ts';
import {
  arithmetic,
  attribute,
  ERR,
  has,
  isLong,
  isRecord,
  localType,
  matcher,
  Ref,
  refIn,
  resolve,
  same,
  type Fn,
  type Value,
} from './value.ts';

/** Deepest expression that is compiled; Cedar's own parser stops earlier. Deeper: the policy is refused. */
const DEPTH = 500;

/** Compiles one expression. The closure is total: an evaluation error is the value ERR. */
export function compileExpression(expression: Json, depth = 0): Fn {
  if (depth > DEPTH) throw new Refused('the condition is nested too deeply');
  const [op, body] = only(expression);
  const sub = (key: string): Fn => compileExpression(part(body, key), depth + 1);
  switch (op) {
    case 'Value':
      return constant(literal(body));
    case 'Var':
      return variable(body);
    case '!': {
      const arg = sub('arg');
      return (r) => negate(arg(r));
    }
    case 'neg': {
      const arg = sub('arg');
      return (r) => arithmetic('-', 0, arg(r));
    }
    case '&&':
    case '||':
      return chain(op, operands(op, expression, depth));
    case 'if-then-else': {
      const test = sub('if');
      const yes = sub('then');
      const no = sub('else');
      return (r) => {
        const t = test(r);
        return t === true ? yes(r) : t === false ? no(r) : ERR;
      };
    }
    case '==':
    case '!=':
      return equality(sub('left'), sub('right'), op === '==');
    case '<':
      return compare('<', sub('left'), sub('right'), (a, b) => a < b);
    case '<=':
      return compare('<=', sub('left'), sub('right'), (a, b) => a <= b);
    case '>':
      return compare('>', sub('left'), sub('right'), (a, b) => a > b);
    case '>=':
      return compare('>=', sub('left'), sub('right'), (a, b) => a >= b);
    case '+':
    case '-':
    case '*': {
      const left = sub('left');
      const right = sub('right');
      return (r) => arithmetic(op, left(r), right(r));
    }
    case 'contains':
    case 'containsAll':
    case 'containsAny':
      return sets(op, sub('left'), sub('right'));
    case 'isEmpty': {
      const arg = sub('arg');
      return (r) => {
        const set = arg(r);
        return Array.isArray(set) ? set.length === 0 : ERR;
      };
    }
    case '.':
      return access(sub('left'), word(body, 'attr'));
    case 'has':
      return hasPath(sub('left'), names(part(body, 'attr')));
    case 'like': {
      const left = sub('left');
      const fits = matcher(pattern(part(body, 'pattern')));
      return (r) => {
        const text = left(r);
        return typeof text === 'string' ? fits(text) : ERR;
      };
    }
    case 'in':
      return membership(sub('left'), sub('right'));
    case 'is': {
      const left = sub('left');
      const type = localType(word(body, 'entity_type'));
      const inside = isObjectOf(body, 'in') ? membership(left, sub('in')) : undefined;
      const leaf = inside === undefined ? leafIs(left, type) : undefined;
      if (leaf !== undefined) return leaf;
      return (r) => {
        const ref = left(r);
        if (!(ref instanceof Ref)) return ERR;
        if (ref.type !== type) return false;
        return inside === undefined ? true : inside(r);
      };
    }
    case 'Set': {
      if (!Array.isArray(body)) throw new Unsupported('a set of unknown form');
      const items = body.map((item) => compileExpression(item, depth + 1));
      return all(items, (r) => {
        const set: Value[] = [];
        for (const item of items) {
          const value = item(r);
          if (value === ERR) return ERR;
          set.push(value);
        }
        return set;
      });
    }
    case 'Record': {
      const fields = Object.entries(object(body)).map(
        ([name, value]) => [name, compileExpression(value, depth + 1)] as const,
      );
      return all(
        fields.map(([, fn]) => fn),
        (r) => {
          const record: { [name: string]: Value } = Object.create(null) as { [name: string]: Value };
          for (const [name, fn] of fields) {
            const value = fn(r);
            if (value === ERR) return ERR;
            record[name] = value;
          }
          return record;
        },
      );
    }
    default:
      throw new Unsupported(`the construct \`${op}\``);
  }
}

/**
 * The operands of a chain of one operator, in the order in which they are evaluated: `a && b && c` is one list. Both
 * operators associate, also where an operand is an error; each but the last is asked for a boolean before the next is.
 */
function operands(op: '&&' | '||', expression: Json, depth: number): Fn[] {
  if (depth > DEPTH) throw new Refused('the condition is nested too deeply');
  const [own, body] = only(expression);
  if (own !== op) return [compileExpression(expression, depth)];
  return [...operands(op, part(body, 'left'), depth + 1), ...operands(op, part(body, 'right'), depth + 1)];
}

/** Goes on while each operand is `true` (`&&`) or `false` (`||`); anything but a boolean is an error. */
function chain(op: '&&' | '||', list: readonly Fn[]): Fn {
  const goes = op === '&&';
  const [first, second, third] = list;
  if (first === undefined || second === undefined) throw new Unsupported('an expression of unknown form');
  if (list.length === 2)
    return (r) => {
      const a = first(r);
      return a === goes ? bool(second(r)) : a === !goes ? a : ERR;
    };
  if (list.length === 3 && third !== undefined)
    return (r) => {
      const a = first(r);
      if (a !== goes) return a === !goes ? a : ERR;
      const b = second(r);
      return b === goes ? bool(third(r)) : b === !goes ? b : ERR;
    };
  return (r) => {
    for (const operand of list) {
      const value = operand(r);
      if (value !== goes) return value === !goes ? value : ERR;
    }
    return goes;
  };
}

/** A collection of constants is built once, at load. */
function all(parts: readonly Fn[], build: Fn): Fn {
  if (!parts.every((fn) => known(fn)?.is === 'constant')) return build;
  return constant(build(undefined as never));
}

function variable(name: Json): Fn {
  switch (name) {
    case 'context':
      return knowing((r) => r.context, { is: 'context' });
    case 'principal':
      return knowing((r) => new Ref(r.principal.type, r.principal.id, r.principal), { is: 'entity', of: 'principal' });
    case 'resource':
      return knowing((r) => new Ref(r.resource.type, r.resource.id, r.resource), { is: 'entity', of: 'resource' });
    case 'action':
      return knowing((r) => new Ref('Action', r.action, undefined), { is: 'action' });
    default:
      throw new Unsupported(`the variable \`${String(name)}\``);
  }
}

function bool(value: Value): Value {
  return typeof value === 'boolean' ? value : ERR;
}

function negate(value: Value): Value {
  return typeof value === 'boolean' ? !value : ERR;
}

function equality(left: Fn, right: Fn, wanted: boolean): Fn {
  const leaf = leafEquality(left, right, wanted);
  if (leaf !== undefined) return leaf;
  return (r) => {
    const a = left(r);
    if (a === ERR) return ERR;
    const b = right(r);
    return b === ERR ? ERR : same(a, b) === wanted;
  };
}

function compare(
  op: '<' | '<=' | '>' | '>=',
  left: Fn,
  right: Fn,
  test: (a: number | bigint, b: number | bigint) => boolean,
): Fn {
  const leaf = leafCompare(op, left, right);
  if (leaf !== undefined) return leaf;
  return (r) => {
    const a = left(r);
    const b = right(r);
    return isLong(a) && isLong(b) ? test(a, b) : ERR;
  };
}

function sets(op: 'contains' | 'containsAll' | 'containsAny', left: Fn, right: Fn): Fn {
  const leaf = op === 'contains' ? leafContains(left, right) : leafSets(op === 'containsAll', left, right);
  if (leaf !== undefined) return leaf;
  if (op === 'contains') {
    return (r) => {
      const set = left(r);
      if (!Array.isArray(set)) return ERR;
      const value = right(r);
      return value === ERR ? ERR : has(set, value);
    };
  }
  const every = op === 'containsAll';
  return (r) => {
    const set = left(r);
    const other = right(r);
    if (!Array.isArray(set) || !Array.isArray(other)) return ERR;
    for (const value of other) if (has(set, value) !== every) return !every;
    return every;
  };
}

function access(left: Fn, name: string): Fn {
  const leaf = leafAttribute(left, name);
  if (leaf !== undefined) return leaf;
  return (r) => {
    const holder = left(r);
    if (holder instanceof Ref) {
      const entity = resolve(r, holder);
      return entity === undefined ? ERR : (attribute(entity.attrs, name) ?? ERR);
    }
    return isRecord(holder) ? (attribute(holder, name) ?? ERR) : ERR;
  };
}

/** `x has a.b.c` asks step by step; a step that is not there answers false, a step into something without attributes is an error. */
function hasPath(left: Fn, path: readonly string[]): Fn {
  return (r) => {
    let holder = left(r);
    for (const name of path) {
      let value: Value;
      if (holder instanceof Ref) {
        const entity = resolve(r, holder);
        value = entity === undefined ? undefined : attribute(entity.attrs, name);
      } else if (isRecord(holder)) value = attribute(holder, name);
      else return ERR;
      if (value === undefined) return false;
      holder = value;
    }
    return true;
  };
}

function membership(left: Fn, right: Fn): Fn {
  const leaf = leafMembership(left, right);
  if (leaf !== undefined) return leaf;
  return (r) => {
    const ref = left(r);
    if (!(ref instanceof Ref)) return ERR;
    const of = right(r);
    if (of instanceof Ref) return refIn(r, ref, of.type, of.id);
    if (!Array.isArray(of)) return ERR;
    // A set with a member that is no entity is an error even when an earlier member would have answered.
    let found = false;
    for (const one of of) {
      if (!(one instanceof Ref)) return ERR;
      found ||= refIn(r, ref, one.type, one.id);
    }
    return found;
  };
}

/** A literal of the JSON form ▶ value. Extension values are not known here. */
function literal(value: Json): Value {
  if (typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') {
    // Larger ones were rounded on the way into the JSON form: the policy that runs would not be the one that was written.
    if (!Number.isSafeInteger(value)) throw new Refused(`the integer ${value} is beyond what is exact (2^53)`);
    return value;
  }
  if (Array.isArray(value)) return value.map(literal);
  const uid = readUid(value);
  if (uid !== undefined && Object.hasOwn(value as JsonObject, '__entity'))
    return new Ref(localType(uid.type), uid.id, undefined);
  const fields = object(value);
  if (Object.hasOwn(fields, '__extn')) throw new Unsupported('extension values (decimal, ipaddr, datetime)');
  const record: { [name: string]: Value } = Object.create(null) as { [name: string]: Value };
  for (const [name, one] of Object.entries(fields)) record[name] = literal(one);
  return record;
}

/** Pattern elements ▶ the literal pieces around its wildcards. */
function pattern(elements: Json): readonly string[] {
  if (!Array.isArray(elements)) throw new Unsupported('a pattern of unknown form');
  const pieces = [''];
  for (const element of elements) {
    if (element === 'Wildcard') pieces.push('');
    else pieces[pieces.length - 1] += word(element, 'Literal');
  }
  return pieces;
}

function only(expression: Json): readonly [string, Json] {
  const entries = Object.entries(object(expression));
  const first = entries[0];
  if (entries.length !== 1 || first === undefined) throw new Unsupported('an expression of unknown form');
  return first;
}

function object(value: Json | undefined): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Unsupported('an expression of unknown form');
  return value as JsonObject;
}

function part(body: Json, key: string): Json {
  const found = object(body)[key];
  if (found === undefined) throw new Unsupported(`an expression without \`${key}\``);
  return found;
}

function isObjectOf(body: Json, key: string): boolean {
  return object(body)[key] !== undefined;
}

function word(body: Json, key: string): string {
  const found = part(body, key);
  if (typeof found !== 'string') throw new Unsupported(`\`${key}\` of unknown form`);
  return found;
}

function names(attr: Json): readonly string[] {
  const list = Array.isArray(attr) ? attr : [attr];
  return list.map((name) => {
    if (typeof name !== 'string') throw new Unsupported('`has` of unknown form');
    return name;
  });
}
