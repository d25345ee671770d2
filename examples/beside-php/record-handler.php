<?php
declare(strict_types=1);

/**
 * PHP sessions in the records that Latchkey reads and writes: the fields and the steps of Cm_RedisSession, which a shop has
 * already. This one is for the example and for the tests, and needs nothing but the extension `redis`. It is a little stricter:
 * to look whose lock it is and to write, or to take over, is one step in Redis.
 *
 * LOCK   `lock` is counted up; who makes it 1 has it. Others count on every half second, and one in `wait` while they do.
 * WRITE  only while `pid` is our own. Else another has broken our lock, or the session has ended: the write is dropped.
 */
final class RecordHandler implements SessionHandlerInterface, SessionUpdateTimestampHandlerInterface
{
    private const POLL_US = 500_000;
    /** Seconds that a record lives while a request works on it. */
    private const REQUEST_TTL = 21600;

    private const TAKE_OVER = <<<'LUA'
        if redis.call('HGET', KEYS[1], 'pid') ~= ARGV[1] then return 0 end
        redis.call('HSET', KEYS[1], 'lock', 1, 'pid', ARGV[2], 'req', ARGV[3])
        return 1
        LUA;
    private const WRITE = <<<'LUA'
        if redis.call('HGET', KEYS[1], 'pid') ~= ARGV[1] then return 0 end
        redis.call('HSET', KEYS[1], 'data', ARGV[2], 'lock', 0)
        local writes = redis.call('HINCRBY', KEYS[1], 'writes', 1)
        redis.call('EXPIRE', KEYS[1], writes < 3 and ARGV[3] * writes or ARGV[4])
        return 1
        LUA;
    private const UNLOCK = <<<'LUA'
        if redis.call('HGET', KEYS[1], 'pid') == ARGV[1] then redis.call('HSET', KEYS[1], 'lock', 0) end
        return 1
        LUA;

    /** Writes that another's lock, or an end of the session, made us drop. */
    public int $dropped = 0;
    private ?string $locked = null;
    private readonly string $me;

    public function __construct(
        private readonly Redis $redis,
        private readonly string $prefix = 'sess_',
        private readonly string $compression = 'gzip',
        private readonly float $breakAfter = 5,
        private readonly float $failAfter = 10,
        private readonly int $firstLifetime = 600,
        private readonly int $lifetime = 3600,
        private readonly int $threshold = 2048,
    ) {
        $this->me = gethostname() . '|' . getmypid();
    }

    public function open(string $path, string $name): bool
    {
        return true;
    }

    public function read(string $id): string|false
    {
        $key = $this->prefix . $id;
        if ($this->lock($key)) {
            $this->locked = $key;
            $this->redis->hMSet($key, ['pid' => $this->me, 'req' => $this->request()]);
            $this->redis->expire($key, self::REQUEST_TTL);
        }
        $data = $this->redis->hGet($key, 'data');
        return $data === false ? '' : $this->unpack($data);
    }

    public function write(string $id, string $data): bool
    {
        $key = $this->prefix . $id;
        $times = [$this->firstLifetime, $this->lifetime];
        $written = $this->redis->eval(self::WRITE, [$key, $this->me, $this->pack($data), ...$times], 1);
        $this->locked = null;
        if ($written !== 1) $this->dropped += 1;
        return $written === 1;
    }

    /** PHP calls this where nothing changed. The lock has to be given back all the same. */
    public function updateTimestamp(string $id, string $data): bool
    {
        return $this->write($id, $data);
    }

    /** With `session.use_strict_mode` PHP makes a new id where this is false: nobody can plant one. */
    public function validateId(string $id): bool
    {
        $key = $this->prefix . $id;
        return $this->redis->hExists($key, 'data') && !$this->redis->hExists($key, 'gone');
    }

    public function destroy(string $id): bool
    {
        $this->locked = null;
        $this->redis->del($this->prefix . $id);
        return true;
    }

    public function close(): bool
    {
        if ($this->locked !== null) $this->redis->eval(self::UNLOCK, [$this->locked, $this->me], 1);
        $this->locked = null;
        return true;
    }

    public function gc(int $maxLifetime): int|false
    {
        return 0;
    }

    /** Whether it got the lock. After breakAfter and failAfter it has not: then it only reads. */
    private function lock(string $key): bool
    {
        if ($this->redis->hIncrBy($key, 'lock', 1) === 1) return true;
        $this->redis->hIncrBy($key, 'wait', 1);
        $began = $since = microtime(true);
        $watched = null;
        $got = false;
        while (!$got && microtime(true) - $began < $this->breakAfter + $this->failAfter) {
            $holder = (string) $this->redis->hGet($key, 'pid');
            if ($holder !== $watched) {
                $watched = $holder;
                $since = microtime(true);
            }
            if (microtime(true) - $since >= $this->breakAfter || $this->isDead($holder)) {
                $got = $this->redis->eval(self::TAKE_OVER, [$key, $holder, $this->me, $this->request()], 1) === 1;
            }
            if (!$got) {
                usleep(self::POLL_US);
                $got = $this->redis->hIncrBy($key, 'lock', 1) === 1;
            }
        }
        $this->redis->hIncrBy($key, 'wait', -1);
        return $got;
    }

    /** A process of this host that is no more. A holder of Node has a third part behind these two. */
    private function isDead(string $holder): bool
    {
        [$host, $pid] = explode('|', $holder) + ['', ''];
        return $host === gethostname() && is_dir('/proc/self') && !is_dir("/proc/$pid");
    }

    private function request(): string
    {
        if (PHP_SAPI === 'cli') return $_SERVER['SCRIPT_NAME'];
        $path = explode('?', $_SERVER['REQUEST_URI'])[0];
        return "{$_SERVER['REQUEST_METHOD']} {$_SERVER['HTTP_HOST']}$path";
    }

    private function pack(string $data): string
    {
        if (strlen($data) < $this->threshold) return $data;
        $packed = match ($this->compression) {
            'gzip' => ':gz:' . gzcompress($data, 1),
            'lzf' => ':lz:' . lzf_compress($data),
            'lz4' => ':l4:' . lz4_compress($data),
            'snappy' => ':sn:' . snappy_compress($data),
            'none' => $data,
        };
        return strlen($packed) < strlen($data) ? $packed : $data;
    }

    private function unpack(string $stored): string
    {
        $packed = substr($stored, 4);
        return match (substr($stored, 0, 4)) {
            ':gz:' => gzuncompress($packed),
            ':lz:' => lzf_decompress($packed),
            ':l4:' => lz4_uncompress($packed),
            ':sn:' => snappy_uncompress($packed),
            default => $stored,
        };
    }
}
