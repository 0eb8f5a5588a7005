// Finding records for people: through the index where it fits the ledger, else from the segments; what is shown always comes from a segment.
import type { Body } from '../../core/model/index.ts';
import { LedgerError } from './errors.ts';
import { indexRow, matches, ROWS_DEFAULT, type IndexQuery } from './index-query.ts';
import { openIndexReader, type IndexReader } from './index-reader.ts';
import { covering, listSegments } from './layout.ts';
import { readPicked, readRecords } from './read.ts';

export type Found = {
  /** Oldest first, whatever the order of the search. */
  readonly records: readonly Body[];
  /** Sentences about how they were found: no index and why, or that it was wrong. */
  readonly notes: readonly string[];
  /** Records that are not what they were; what stands beside them may be missing from the answer. */
  readonly damage: readonly string[];
};

/** Damaged records of one segment that are read past. */
const DAMAGE_MAX = 16;

/** Fields of a query that choose records; a query without any is answered by the end of the ledger alone. */
const CHOOSING = ['since', 'until', 'type', 'session', 'agent', 'level', 'rule', 'text'] as const;

/**
 * The newest (or oldest) `query.limit` records that match. The index is for people: what it wrongly leaves out is not
 * noticed here, what it wrongly names is. Throws `ledger-missing`; an index that is broken or gone only costs time.
 */
export async function findRecords(dir: string, query: IndexQuery): Promise<Found> {
  const limit = query.limit ?? ROWS_DEFAULT;
  const notes: string[] = [];
  const damage: string[] = [];
  const chosen = CHOOSING.some((field) => query[field] !== undefined);
  const segments = new Segments(dir, query, damage);
  const index = chosen ? await openIndexReader(dir) : undefined;
  if (index === undefined || 'why' in index) {
    // A ledger of one segment needs no index.
    if (index !== undefined && (index.broken || listSegments(dir).length > 1))
      notes.push(`all records were read, the index could not be used: ${index.why}`);
    return { records: await segments.scan(0, Infinity, limit), notes, damage };
  }
  try {
    const records = await (query.oldest === true ? oldestFirst : newestFirst)(index, segments, query, limit);
    return { records, notes, damage };
  } catch (error) {
    if (error instanceof LedgerError && error.code === 'ledger-missing') throw error;
    notes.push(
      `all records were read, the index gave no answer: ${error instanceof Error ? error.message : String(error)}`,
    );
    damage.length = 0;
    return { records: await segments.scan(0, Infinity, limit), notes, damage };
  } finally {
    index.close();
  }
}

/** Records that the index has not read yet come from the segments, then the index answers for what is before them. */
async function newestFirst(index: IndexReader, segments: Segments, query: IndexQuery, limit: number): Promise<Body[]> {
  const tail = await segments.scan(index.next, Infinity, limit);
  if (tail.length >= limit) return tail;
  const before = Math.min(index.next, query.before ?? Infinity);
  return [...(await segments.pick(index.seqs({ ...query, before, limit: limit - tail.length }))), ...tail];
}

async function oldestFirst(index: IndexReader, segments: Segments, query: IndexQuery, limit: number): Promise<Body[]> {
  const before = Math.min(index.next, query.before ?? Infinity);
  const head = await segments.pick(index.seqs({ ...query, before, limit }));
  if (head.length >= limit) return head;
  return [...head, ...(await segments.scan(index.next, Infinity, limit - head.length))];
}

/** The segments of one ledger under one query. */
class Segments {
  readonly #dir: string;
  readonly #query: IndexQuery;
  readonly #damage: string[];

  constructor(dir: string, query: IndexQuery, damage: string[]) {
    this.#dir = dir;
    this.#query = query;
    this.#damage = damage;
  }

  /** Matching records of [from, to], at most `limit` from the end that the query asks for; reads no segment more than it needs. */
  async scan(from: number, to: number, limit: number): Promise<Body[]> {
    const first = Math.max(from, (this.#query.after ?? -1) + 1);
    const last = Math.min(to, (this.#query.before ?? Infinity) - 1);
    const all = listSegments(this.#dir);
    const oldest = this.#query.oldest === true;
    let found: Body[] = [];
    const parts = covering(all, first, last);
    for (const part of oldest ? parts : parts.reverse()) {
      const end = (all[all.indexOf(part) + 1]?.first ?? Infinity) - 1;
      const own: Body[] = [];
      const room = limit - found.length;
      for await (const body of this.#read(Math.max(part.first, first), Math.min(end, last))) {
        if (!matches(indexRow(body), this.#query)) continue;
        own.push(body);
        if (own.length > room) own.shift();
        if (oldest && own.length === room) break;
      }
      found = oldest ? [...found, ...own] : [...own, ...found];
      if (found.length >= limit) break;
    }
    return found;
  }

  /** Records by their seqs, oldest first. One that does not match is not what the index said and makes the index useless. */
  async pick(seqs: readonly number[]): Promise<Body[]> {
    const found: Body[] = [];
    const wanted = seqs.toSorted((a, b) => a - b);
    for await (const body of readPicked(this.#dir, wanted)) {
      if (!matches(indexRow(body), this.#query)) throw new Error(`it is wrong about record ${body.seq}`);
      found.push(body);
    }
    if (found.length !== wanted.length) throw new Error('it names records that are not in the ledger');
    return found;
  }

  /** Records that are what they were. One that is not is noted and left out; where many are not, so is the rest of the segment. */
  async *#read(from: number, to: number): AsyncGenerator<Body> {
    let next = from;
    for (let tries = 0; tries < DAMAGE_MAX; tries++) {
      try {
        for await (const body of readRecords(this.#dir, next, to)) {
          next = body.seq + 1;
          yield body;
        }
        return;
      } catch (error) {
        if (!(error instanceof LedgerError) || error.code !== 'ledger-damaged') throw error;
        if (this.#damage.length < DAMAGE_MAX) this.#damage.push(error.message);
        next += 1;
      }
    }
  }
}
