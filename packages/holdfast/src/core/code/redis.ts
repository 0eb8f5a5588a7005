// Redis: what one command does to the store, by its first words. A command that is not known to only ask changes something.
import { wordsOf } from '../names/index.ts';

const set = (words: string): ReadonlySet<string> => new Set(wordsOf(words));

const DELETES = set('FLUSHALL FLUSHDB');
/** Ask, and change nothing. */
const ASKS = set(`
  AUTH BITCOUNT BITPOS COMMAND DBSIZE DUMP ECHO EXISTS EXPIRETIME GEODIST GEOHASH GEOPOS GEOSEARCH GET GETBIT GETRANGE HELLO HELP
  HEXISTS HGET HGETALL HKEYS HLEN HMGET HRANDFIELD HSCAN HSTRLEN HVALS INFO KEYS LASTSAVE LATENCY LCS LINDEX LLEN LOLWUT LPOS LRANGE
  MEMORY MGET MONITOR OBJECT PEXPIRETIME PFCOUNT PING PSUBSCRIBE PTTL PUBSUB QUIT RANDOMKEY ROLE SCAN SCARD SDIFF SELECT SINTER
  SINTERCARD SISMEMBER SLOWLOG SMEMBERS SMISMEMBER SRANDMEMBER SSCAN SSUBSCRIBE STRLEN SUBSCRIBE SUBSTR SUNION TIME TTL TYPE
  UNSUBSCRIBE WAIT XINFO XLEN XPENDING XRANGE XREAD XREVRANGE ZCARD ZCOUNT ZDIFF ZINTER ZLEXCOUNT ZMSCORE ZRANDMEMBER ZRANGE
  ZRANGEBYLEX ZRANGEBYSCORE ZRANK ZREVRANGE ZREVRANGEBYSCORE ZREVRANK ZSCAN ZSCORE ZUNION`);
/** Commands of several words of which some only ask. */
const ASKS_BY_SECOND: { readonly [command: string]: ReadonlySet<string> } = {
  ACL: set('LIST WHOAMI USERS GETUSER CAT LOG'),
  CLIENT: set('LIST INFO ID GETNAME'),
  CLUSTER: set('INFO NODES SLOTS SHARDS KEYSLOT MYID'),
  CONFIG: set('GET'),
  FUNCTION: set('LIST STATS DUMP'),
  MODULE: set('LIST'),
  SCRIPT: set('EXISTS'),
};

/** `undefined`: it only asks. The words are the command as redis-cli sends it. */
export function redisDeed(words: readonly string[]): 'deletes' | 'changes' | undefined {
  const [command = '', second = ''] = words.map((word) => word.toUpperCase());
  if (command === '' || ASKS.has(command)) return undefined;
  if (DELETES.has(command)) return 'deletes';
  const asks = Object.hasOwn(ASKS_BY_SECOND, command) ? ASKS_BY_SECOND[command] : undefined;
  return asks?.has(second) === true ? undefined : 'changes';
}
