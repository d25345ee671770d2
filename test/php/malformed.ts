// Texts at the edge of what PHP accepts. A test with a real PHP says what it makes of each.
const levels = (n: number, inside: string) => `${'a:1:{i:0;'.repeat(n)}${inside}${'}'.repeat(n)}`

/** Values that PHP accepts, though it would write some of them otherwise. */
export const ACCEPTED = [
  'i:+5;', 'i:007;', `i:${'0'.repeat(30)}1;`, 'i:99999999999999999999;', 'i:-99999999999999999999;', 'i:9223372036854775808;',
  'i:-0;', 'd:.5;', 'd:5.;', 'd:+5;', 'd:1e5;', 'd:1E+5;', 'd:-INF;', 'd:1e999;', 's:01:"a";', 'S:2:"a\\41";', 'S:1:"\\ff";',
  'a:01:{i:0;i:1;}', 'a:1:{i:0;R:1;}', 'a:1:{s:1:"5";i:1;}', 'a:2:{i:0;i:1;i:0;i:2;}', 'a:1:{S:1:"\\41";i:1;}',
  'a:1:{i:9223372036854775808;i:1;}', 'a:1:{s:2:"-0";i:1;}', 'a:1:{s:2:"-5";i:1;}', 'a:1:{s:20:"-9223372036854775808";i:1;}',
  'a:1:{s:19:"9223372036854775807";i:1;}', 'a:1:{s:19:"9223372036854775808";i:1;}', 'O:8:"stdClass":+1:{s:1:"a";i:1;}',
  'O:8:"stdClass":1:{i:5;i:1;}', 'O:3:"Foo":1:{s:1:"a";i:1;}', 'O:8:"stdClass":2:{s:1:"a";i:1;s:1:"a";i:2;}',
  'O:8:"stdClass":1:{s:1:"a";r:1;}', 'a:2:{i:0;i:1;i:1;R:2;}', levels(4096, 'i:1;'), levels(4096, 'a:0:{}'),
] // biome-ignore format: a list

export const REFUSED = [
  '', 'N', 'b:2;', 'b:1', 'b:true;', 'i:;', 'i:-;', 'i:1.5;', 'd:;', 'd:-;', 'd:nan;', 'd:+INF;', 'd:.;', 'd:1e;', 's:1:"";',
  's:2:"a";', 's:0:"a";', 's:-1:"";', 's:1:"a"', "s:1:'a';", 's:99999999999999999999:"";', 'S:1:"\\4";', 'S:1:"\\zz";',
  'a:+1:{i:0;i:1;}', 'a:-1:{}', 'a:1:{}', 'a:0:{i:0;i:1;}', 'a:1:{i:0;}', 'a:1:{b:1;i:1;}', 'a:1:{N;i:1;}', 'a:1:{i:0;r:1;}',
  'a:1:{R:1;i:1;}', 'a:1:{i:0;i:1;', 'a:1:{i:0;i:1;};', 'a:2000000000:{}', 'a:4294967296:{i:0;i:1;}', 'O:0:"":0:{}', 'O:3:"a-b":0:{}',
  'O:8:"stdClass":1:{}', 'O:8:"stdClass":2000000000:{}', 'O:9:"stdClass":0:{}', 'o:0:{}', 'C:6:"Legacy":9:{ab}', 'E:3:"A-B";',
  'E:0:"";', 'R:0;', 'R:1;', 'R:2;', 'r:0;', 'r:1;', 'R:99999999999;', 'r:-1;', 'N;x', levels(4097, 'i:1;'), levels(100_000, ''),
  'a:1:{i:0;'.repeat(100_000), 'x:0;',
] // biome-ignore format: a list
