import type { NodeFacts } from '../../redis/node-facts.ts'
import { percent, size } from '../units.ts'
import { type Finding, good, LINKS } from './finding.ts'

/** What is wrong with one server. `failsOver`: Sentinel or a cluster replaces its master. */
export function serverFindings(node: NodeFacts, failsOver: boolean, asCluster: boolean): Finding[] {
  const { info } = node
  if (Object.keys(info).length === 0) {
    const remedy = 'Run this as a user with +info and +config|get.'
    return [
      {
        level: 'note',
        found: 'INFO is not permitted: the server was not checked.',
        remedy,
        link: LINKS.redis,
      },
    ]
  }
  return [
    engine(info),
    ...role(info, asCluster),
    ...memory(info),
    ...persistence(node),
    ...replicas(node, failsOver),
    ...notifications(node),
  ]
}

type Info = NodeFacts['info']

function engine(info: Info): Finding {
  const valkey = info.valkey_version
  const version = valkey ?? info.redis_version ?? 'of unknown version'
  const name = valkey === undefined ? 'Redis' : 'Valkey'
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major < 6 || (major === 6 && minor < 2)) {
    const remedy = 'Update it: the scripts of Latchkey need Redis 6.2.'
    return { level: 'warning', found: `${name} ${version} is old.`, remedy, link: LINKS.redis }
  }
  return good(`${name} ${version}.`)
}

function* role(info: Info, asCluster: boolean): Iterable<Finding> {
  if (info.role === 'slave') {
    const remedy = 'Configure the master, or redis.sentinel, which finds it.'
    yield { level: 'loss', found: 'This is a replica: it refuses every write.', remedy, link: LINKS.sentinel }
  }
  if (info.cluster_enabled === '1' && !asCluster) {
    const remedy = 'Configure redis.cluster with some of its nodes.'
    const found = 'This server is a node of a cluster: it refuses the keys of other nodes.'
    yield { level: 'loss', found, remedy, link: LINKS.cluster }
  }
}

function* memory(info: Info): Iterable<Finding> {
  const [limit, used, evicted] = [info.maxmemory, info.used_memory, info.evicted_keys].map(Number)
  const policy = info.maxmemory_policy ?? 'unknown'
  if (!limit) {
    const remedy = 'Set maxmemory, with maxmemory-policy noeviction.'
    const found = 'maxmemory is not set: when memory runs out, the system may end Redis.'
    yield { level: 'warning', found, remedy, link: LINKS.eviction }
  } else if (policy !== 'noeviction') {
    const remedy = 'Set maxmemory-policy noeviction, and give caches a Redis of their own.'
    const found = `maxmemory-policy is ${policy}: when memory runs out, Redis deletes sessions of active visitors.`
    yield { level: 'loss', found, remedy, link: LINKS.eviction }
  } else {
    yield good('maxmemory-policy is noeviction.')
  }
  if (evicted) {
    const remedy = 'Set maxmemory-policy noeviction, and raise maxmemory.'
    const found = `Redis has evicted ${evicted} keys since it started.`
    yield { level: policy === 'noeviction' ? 'warning' : 'loss', found, remedy, link: LINKS.eviction }
  }
  if (limit && used && used / limit > 0.8) {
    const remedy =
      'Raise maxmemory, or shorten lifetimes. When it is full, commits are refused with out-of-memory.'
    const found = `${percent(used / limit)} of maxmemory is used (${size(used)} of ${size(limit)}).`
    yield { level: 'warning', found, remedy, link: LINKS.eviction }
  }
}

function* persistence({ info, setting }: NodeFacts): Iterable<Finding> {
  const link = LINKS.persistence
  const replicated = Number(info.connected_slaves) > 0
  const save = setting('save')
  if (info.aof_enabled === '1') yield good('The append-only file is on.')
  else if (save === '' && !replicated) {
    const remedy = 'Set appendonly yes.'
    yield {
      level: 'loss',
      found: 'Nothing is stored on disk: a restart of Redis ends every session.',
      remedy,
      link,
    }
  } else {
    const found =
      save === undefined
        ? 'Whether snapshots are on is not known, and appendonly is off'
        : 'appendonly is off'
    const remedy = 'Set appendonly yes, so that a crash costs a second at most.'
    yield {
      level: 'warning',
      found: `${found}: a crash loses what was written since the last snapshot.`,
      remedy,
      link,
    }
  }
  for (const field of ['aof_last_write_status', 'rdb_last_bgsave_status']) {
    if ((info[field] ?? 'ok') === 'ok') continue
    const remedy = 'See the log of Redis: is the disk full?'
    yield { level: 'loss', found: `Redis cannot write to disk (${field} is ${info[field]}).`, remedy, link }
  }
}

function* replicas({ info, setting }: NodeFacts, failsOver: boolean): Iterable<Finding> {
  const replicas = Number(info.connected_slaves ?? 0)
  const least = setting('min-replicas-to-write')
  if (replicas === 0) {
    if (failsOver) {
      const remedy = 'Start a replica of it.'
      yield {
        level: 'loss',
        found: 'This master has no replica: nothing can take its place.',
        remedy,
        link: LINKS.replication,
      }
    } else yield { level: 'note', found: 'There is no replica.' }
  } else if (least === '0') {
    const remedy = 'Set min-replicas-to-write 1 and min-replicas-max-lag 1.'
    const found =
      'min-replicas-to-write is 0: a master that is cut off goes on acknowledging writes, and a failover loses them.'
    yield { level: failsOver ? 'loss' : 'warning', found, remedy, link: LINKS.sentinel }
  } else if (least !== undefined) {
    yield good(`There are ${replicas} replicas, and min-replicas-to-write is ${least}.`)
  }
}

function* notifications({ setting }: NodeFacts): Iterable<Finding> {
  const events = setting('notify-keyspace-events')
  if (!events) return
  const remedy = 'Set notify-keyspace-events "" if no program listens: Latchkey does not.'
  const found = `notify-keyspace-events is "${events}": every write of a session also publishes messages.`
  yield { level: 'note', found, remedy, link: LINKS.notifications }
}
