<?php
declare(strict_types=1);

/**
 * Cm_RedisSession with `disable_locking`: it reads without a lock, and its write looks at nothing, resets `lock`, and leaves
 * `pid` and all else as it is.
 */
final class LocklessHandler implements SessionHandlerInterface
{
    /** It drops nothing. */
    public int $dropped = 0;

    public function __construct(private readonly Redis $redis, private readonly string $prefix)
    {
    }

    public function open(string $path, string $name): bool
    {
        return true;
    }

    public function read(string $id): string|false
    {
        return (string) $this->redis->hGet($this->prefix . $id, 'data');
    }

    public function write(string $id, string $data): bool
    {
        $key = $this->prefix . $id;
        $this->redis->pipeline()
            ->hMSet($key, ['data' => $data, 'lock' => 0])
            ->hIncrBy($key, 'writes', 1)
            ->expire($key, 3600)
            ->exec();
        return true;
    }

    public function destroy(string $id): bool
    {
        $this->redis->del($this->prefix . $id);
        return true;
    }

    public function close(): bool
    {
        return true;
    }

    public function gc(int $maxLifetime): int|false
    {
        return 0;
    }
}
