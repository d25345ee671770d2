<?php
// Decodes sessions as PHP does, changes them, and encodes them. A line of JSON for each:
//   in   {"handler", "text": base64, "edits": [{"path": [base64 …], "set": value} or {"path": […]} to unset]}
//   out  {"ok": whether PHP accepted the text, "again": base64 of what it encodes then, or null}
namespace Shop {
    class Item { public $sku; protected $qty; private $price; }
    class Bundle extends Item { private $price; public $parts; }
    class Node { public $name; public $next; public $also; }
    class Sleepy { public $keep; public $drop; function __sleep() { return ['keep']; } }
    class Money {
        private $data = [];
        function __serialize(): array { return $this->data; }
        function __unserialize(array $data): void { $this->data = $data; }
    }
    enum Status: string { case Open = 'o'; case Paid = 'p'; }
    enum Suit { case Hearts; case Spades; }
}

namespace {
    error_reporting(0);
    class Legacy implements Serializable {
        private $raw = '';
        function serialize() { return $this->raw; }
        function unserialize($raw) { $this->raw = $raw; }
    }

    class Nowhere implements SessionHandlerInterface {
        function open($path, $name): bool { return true; }
        function close(): bool { return true; }
        function read($id): string|false { return ''; }
        function write($id, $data): bool { return true; }
        function destroy($id): bool { return true; }
        function gc($age): int|false { return 0; }
    }

    function edit(array $edit): void {
        $path = array_map('base64_decode', $edit['path']);
        $last = array_pop($path);
        $at = &$_SESSION;
        foreach ($path as $key) $at = &$at[$key];
        if (!array_key_exists('set', $edit)) {
            unset($at[$last]);
        } else {
            $at[$last] = $edit['set'];
        }
    }

    session_set_save_handler(new Nowhere(), false);
    ini_set('session.use_cookies', '0');
    session_cache_limiter('');
    while (($line = fgets(STDIN)) !== false) {
        $case = json_decode($line, true);
        ini_set('session.serialize_handler', $case['handler']);
        session_id('a');
        session_start();
        $_SESSION = [];
        $ok = session_decode(base64_decode($case['text'])) && is_array($_SESSION);
        foreach ($ok ? $case['edits'] ?? [] : [] as $edit) edit($edit);
        $again = $ok ? session_encode() : false;
        // An empty session has no text, which PHP tells as a failure.
        if ($ok && $again === false && $_SESSION === []) $again = '';
        $answer = ['ok' => $ok, 'again' => $again === false ? null : base64_encode($again)];
        fwrite(STDOUT, json_encode($answer) . "\n");
        session_abort();
    }
}
