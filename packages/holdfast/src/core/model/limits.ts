// Every limit of the pure core in one place, each with what happens when it is reached. Nothing here is a clock.

/** Longest shell text that is parsed, UTF-16 units; beyond it the text is one `opaque` effect with attribute `limit`. */
export const SHELL_TEXT = 64 * 1024;
/** Deepest nesting of quotes, substitutions and groups the linear pre-scan lets through; beyond: `opaque`, `limit`. */
export const SHELL_DEPTH = 200;
/** Deepest chain of things that execute things (wrapper, -c text, script file); beyond: `opaque`, `limit`. */
export const WRAP_DEPTH = 16;
/** Steps one lowering may take; each node, word and table row visited costs one. At zero: `opaque`, `limit`, and lowering stops. */
export const FUEL = 200_000;
/** Most effects one action may have; the next becomes a single `opaque` effect with attribute `limit`. */
export const EFFECTS = 2_000;
/** Most words one expansion (braces, globs, loops) may produce; beyond: an unknown word. */
export const WORDS = 1_024;
/** Most facts one decision may want over all rounds; beyond: the fact counts as `unknown`. */
export const WANTS = 256;
/** Rounds of lower ▶ observe; what is still wanted after them becomes `opaque`. */
export const ROUNDS = 4;
/** Bytes of a script that is read in order to be lowered; a longer one is `opaque`, `unread`. */
export const SCRIPT_BYTES = 256 * 1024;
/** Entries of a directory that are listed for a glob; beyond: an unknown word. */
export const LIST_ENTRIES = 4_096;
/** Deepest JSON input of a tool call; a deeper one is malformed and denied. */
export const JSON_DEPTH = 64;
/** Largest payload a gate reads, bytes; a larger one is malformed and denied. */
export const PAYLOAD_BYTES = 16 * 1024 * 1024;
/** Largest record body in the ledger, bytes; larger payloads become blobs. */
export const RECORD_BYTES = 16 * 1024;
/** Calls of one session that may be waiting for their outcome; the oldest is dropped and the session marked `lost`. */
export const PENDING_CALLS = 4_096;
/** Keyed fingerprints one session remembers; secret ones are never evicted, external ones oldest first, setting `lost`. */
export const FINGERPRINTS = 4_096;
/** Files one session gives labels of its own; beyond: the session counts as having lost history. */
export const SESSION_FILES = 1_024;
/** Longest name a file is labelled by, UTF-16 units; a longer one is labelled by the folder above that is short enough. */
export const LABEL_CHARS = 1_024;
/** Longest id of a session, call or agent, UTF-16 units; a longer one, or one with control characters, is malformed and denied. */
export const ID_CHARS = 256;
/** Longest working directory, bytes as JSON text; a longer one is malformed and denied (Linux opens no longer path). */
export const CWD_BYTES = 4_098;
/** File labels the machine remembers; beyond: oldest first, its label moves up to its directory. */
export const FILE_LABELS = 65_536;
