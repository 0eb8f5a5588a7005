// A test reporter that leaves nothing but the counts of a whole run, for the closing table of several runs.

/** Called by node:test with its events; yields one JSON object at the end. */
export default async function* tally(source) {
  for await (const event of source) {
    if (event.type === 'test:summary' && event.data.file === undefined) yield JSON.stringify(event.data.counts);
  }
}
