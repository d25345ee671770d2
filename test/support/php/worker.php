<?php
// A PHP process that serves requests one after the other, as one of php-fpm does; php-worker.ts is its other end. Each line of
// stdin is a call in JSON, and each line of stdout its answer.
declare(strict_types=1);

require __DIR__ . '/../../../examples/beside-php/record-handler.php';
require __DIR__ . '/compressions.php';
require __DIR__ . '/lockless-handler.php';

$options = json_decode($argv[1], true);
ini_set('session.use_cookies', '0');
ini_set('session.use_strict_mode', '0');
ini_set('session.serialize_handler', $options['serializer']);
session_cache_limiter('');
$redis = new Redis();
$redis->connect($options['path']);
$handler = $options['locking'] ?? true
    ? new RecordHandler(
        $redis,
        prefix: $options['prefix'],
        compression: $options['compression'] ?? 'gzip',
        breakAfter: $options['breakAfter'] ?? 30,
    )
    : new LocklessHandler($redis, $options['prefix']);
session_set_save_handler($handler, true);

/** What both sides do to the session under load: a counter, and a cart with lines in it. */
function add(): void
{
    $_SESSION['n'] = ($_SESSION['n'] ?? 0) + 1;
    $line = $_SESSION['n'] % 3;
    $_SESSION['cart']['lines']["sku$line"]['qty'] = ($_SESSION['cart']['lines']["sku$line"]['qty'] ?? 0) + 1;
    $_SESSION['cart']['by']['php'] = ($_SESSION['cart']['by']['php'] ?? 0) + 1;
}

function open(string $id): void
{
    session_id($id);
    if (!session_start()) throw new Error('session_start() failed');
}

/** Whether it was written: `session_write_close` itself only warns. */
function written(RecordHandler|LocklessHandler $handler): bool
{
    $dropped = $handler->dropped;
    @session_write_close();
    return $handler->dropped === $dropped;
}

$calls = [
    'open' => function (string $id) {
        open($id);
        return $_SESSION;
    },
    'add' => fn () => add(),
    'set' => function (array $values) {
        foreach ($values as $name => $value) $_SESSION[$name] = $value;
    },
    'encoded' => fn () => base64_encode((string) session_encode()),
    'close' => fn () => written($handler),
    'destroy' => fn () => session_destroy(),
    'load' => function (string $id, int $ms) use ($handler) {
        $written = 0;
        $dropped = $handler->dropped;
        for ($end = microtime(true) + $ms / 1000; microtime(true) < $end;) {
            open($id);
            add();
            usleep(random_int(1000, 5000));
            if (written($handler)) $written += 1;
        }
        return ['written' => $written, 'dropped' => $handler->dropped - $dropped];
    },
];

fwrite(STDOUT, "\"ready\"\n");
while (($line = fgets(STDIN)) !== false) {
    [$name, $arguments] = json_decode($line, true);
    try {
        $answer = ['value' => $calls[$name](...$arguments)];
    } catch (Throwable $error) {
        $answer = ['error' => $error->getMessage()];
    }
    fwrite(STDOUT, json_encode($answer, JSON_INVALID_UTF8_SUBSTITUTE) . "\n");
}
