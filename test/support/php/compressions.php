<?php
// The functions of PHP's extensions lzf and lz4, made of what the extension redis has of them. They exist where those are installed.
declare(strict_types=1);

/** What `$redis` makes of the data. It must be connected. */
function with_php_redis(int $compression, string $step, string $data): string
{
    global $redis;
    $redis->setOption(Redis::OPT_COMPRESSION, $compression);
    try {
        return $redis->$step($data);
    } finally {
        $redis->setOption(Redis::OPT_COMPRESSION, Redis::COMPRESSION_NONE);
    }
}

if (!function_exists('lzf_compress') && defined('Redis::COMPRESSION_LZF')) {
    function lzf_compress(string $data): string
    {
        return with_php_redis(Redis::COMPRESSION_LZF, '_compress', $data);
    }

    function lzf_decompress(string $data): string
    {
        return with_php_redis(Redis::COMPRESSION_LZF, '_uncompress', $data);
    }
}

if (!function_exists('lz4_compress') && defined('Redis::COMPRESSION_LZ4')) {
    /** php-redis puts a checksum of the length in front of what the extension lz4 writes. */
    function lz4_compress(string $data): string
    {
        return substr(with_php_redis(Redis::COMPRESSION_LZ4, '_compress', $data), 1);
    }

    function lz4_uncompress(string $data): string
    {
        $check = 0xff;
        foreach (str_split(substr($data, 0, 4)) as $byte) {
            $check ^= ord($byte);
            for ($bit = 0; $bit < 8; $bit += 1) {
                $check = $check & 0x80 ? ($check << 1 ^ 0x31) & 0xff : $check << 1 & 0xff;
            }
        }
        return with_php_redis(Redis::COMPRESSION_LZ4, '_uncompress', chr($check) . $data);
    }
}
