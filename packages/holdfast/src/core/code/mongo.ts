// mongosh: calls of a JavaScript text that talk to the database. What goes beyond such calls is code like any other.
import { DIGITS, SPACE, WORD, wordsOf } from '../names/index.ts';

const set = (words: string): ReadonlySet<string> => new Set(wordsOf(words));

const DELETES = set('dropDatabase drop dropCollection');
/** Delete everything where their condition is empty. */
const BY_CONDITION = set('deleteMany remove');
const CHANGES =
  set(`bulkWrite insert insertOne insertMany update updateOne updateMany replaceOne save deleteOne findAndModify
  findOneAndDelete findOneAndReplace findOneAndUpdate createCollection createIndex createIndexes createView createUser createRole
  dropIndex dropIndexes dropUser dropRole dropAllUsers dropAllRoles renameCollection grantRolesToUser revokeRolesFromUser updateUser
  changeUserPassword runCommand adminCommand shutdownServer fsyncLock setProfilingLevel convertToCapped mapReduce reIndex compact`);
const ASKS =
  set(`find findOne count countDocuments estimatedDocumentCount distinct aggregate explain stats getCollection
  getCollectionNames getCollectionInfos getIndexes getSiblingDB getName getMongo getUsers getRoles hostInfo serverStatus
  serverBuildInfo version hello isMaster currentOp dataSize storageSize totalSize totalIndexSize pretty limit skip sort project
  batchSize hint toArray size hasNext next itcount isCapped latencyStats help getLogComponents listDatabases getDBNames getDBs`);
/** Functions and constructors that stand alone. */
const PLAIN = set(
  'print printjson ObjectId ISODate Date NumberInt NumberLong NumberDecimal UUID BinData Timestamp quit exit',
);

type Token = { readonly type: 'word' | 'string' | 'sign'; readonly text: string };

/** What the text does; `code`: it goes beyond calls to the database. */
export function mongoDeeds(text: string): ReadonlySet<'deletes' | 'changes' | 'code'> {
  const deeds = new Set<'deletes' | 'changes' | 'code'>();
  const tokens = split(text);
  if (tokens === undefined) return new Set(['code']);
  tokens.forEach((token, at) => {
    // Stages of an aggregation that write.
    if (token.text === '$out' || token.text === '$merge') deeds.add('changes');
    if (token.text === '=' || (token.type === 'word' && (token.text === 'function' || token.text === 'eval')))
      deeds.add('code');
    if (token.type !== 'sign' || token.text !== '(') return;
    const name = tokens[at - 1];
    if (name === undefined || (name.type === 'sign' && !')]'.includes(name.text))) return;
    if (name.type !== 'word') deeds.add('code');
    else if (tokens[at - 2]?.text === '.') method(name.text, tokens, at, deeds);
    else if (!PLAIN.has(name.text)) deeds.add('code');
  });
  return deeds;
}

function method(name: string, tokens: readonly Token[], at: number, deeds: Set<'deletes' | 'changes' | 'code'>): void {
  if (DELETES.has(name)) deeds.add('deletes');
  else if (BY_CONDITION.has(name)) {
    const empty = tokens[at + 1]?.text === ')' || (tokens[at + 1]?.text === '{' && tokens[at + 2]?.text === '}');
    deeds.add(empty ? 'deletes' : 'changes');
  } else if (CHANGES.has(name)) deeds.add('changes');
  else if (!ASKS.has(name)) deeds.add('code');
}

/** Undefined for text with pieces that are more than calls and values: templates, arrows, regular expressions, open strings. */
function split(text: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text[at]!;
    if (SPACE.includes(char)) at++;
    else if (char === '"' || char === "'") {
      const from = ++at;
      while (at < text.length && text[at] !== char) at += text[at] === '\\' ? 2 : 1;
      if (at >= text.length) return undefined;
      tokens.push({ type: 'string', text: text.slice(from, at++) });
    } else if (WORD.includes(char) || char === '$') {
      const from = at;
      while (at < text.length && (WORD.includes(text[at]!) || text[at] === '$')) at++;
      const word = text.slice(from, at);
      tokens.push({ type: DIGITS.includes(char) ? 'string' : 'word', text: word });
    } else if ('`\\/'.includes(char) || text.startsWith('=>', at)) return undefined;
    else tokens.push({ type: 'sign', text: text[at++]! });
  }
  return tokens;
}
