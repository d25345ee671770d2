<?php
// The page that has not moved yet: `php -S` runs this file for each request. It changes the same cart as the page of Node.
declare(strict_types=1);

require __DIR__ . '/record-handler.php';

$redis = new Redis();
$socket = getenv('REDIS_SOCKET');
if ($socket) $redis->connect($socket);
else $redis->connect(getenv('REDIS_HOST'), (int) getenv('REDIS_PORT'));

session_set_save_handler(new RecordHandler($redis), true);
session_start([
    'use_strict_mode' => true,
    'cookie_httponly' => true,
    'cookie_samesite' => 'Lax',
]);

if ($_SERVER['REQUEST_METHOD'] === 'POST') {
    if (isset($_GET['empty'])) {
        $_SESSION['cart'] = [];
    } else {
        $_SESSION['cart']['teapot'] = ($_SESSION['cart']['teapot'] ?? 0) + 1;
    }
    header('Location: /old', true, 303);
    exit;
}

$cart = $_SESSION['cart'] ?? [];
// The page is made of a copy: the next request need not wait for that.
session_write_close();
?>
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Old page</title>
<h1>The old page, by PHP <?= PHP_VERSION ?></h1>
<p>Your cart:</p>
<ul>
<?php foreach ($cart as $name => $quantity): ?>
<li><?= (int) $quantity ?> × <?= htmlspecialchars((string) $name) ?></li>
<?php endforeach ?>
</ul>
<form method="post" action="/old">
<button>Add a teapot</button>
<button formaction="/old?empty">Empty the cart</button>
</form>
<p><a href="/new">To the new page</a></p>
</html>
