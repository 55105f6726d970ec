//! `--jq` against the real jq: the same expressions on the same data.

use std::process::Command;

use crate::support::world::World;

const DATA: &str = concat!(
    r#"{"a":1,"b":[3,1,2],"n":null,"s":"Hello, World","f":false,"o":{"x":1.5,"y":[]},"rows":["#,
    r#"{"id":1,"t":"one","m":null,"tags":["x","y"]},{"id":2,"t":"two","m":{"title":"v1"},"tags":[]},"#,
    r#"{"id":3,"t":null,"m":{"title":null}}],"when":"2026-11-23T18:00:00Z"}"#
);

/// Expressions that mean the same as in jq 1.7, a line each.
const SAME: &str = r#"
.a, .b, .missing
[.rows[] | .m.title //= "none"]
.rows[] | .m.title //= "none" | .m
.n.x.y = 1 | .n
.n[2] = 1 | .n
.b[5] = 9 | .b
.b[-1] = 9 | .b
.n[1:2] = [7] | .n
.n |= (.x = 1) | .n
.rows | map(.extra.a = 1) | .[0].extra
.rows | map(.m.title |= ascii_upcase?) | length
.n.deep.path += 1 | .n
.o.z -= 1
.o.y[0] //= "first" | .o
setpath(["n", "k", 0]; "v") | .n
setpath([]; 1)
null | setpath(["a", "b"]; 1)
getpath(["rows", 0, "t"])
getpath(["nope", "x"])
del(.a, .b, .rows) | keys
del(.b[0, 2]) | .b
del(.b[] | select(. > 1)) | .b
del(.missing.deep) | has("missing")
del(.rows[].tags) | .rows[0]
del(.b[1:]) | .b
delpaths([["a"], ["b", 0], ["o", "x"]]) | [.a, .b, .o]
to_entries[0]
.o | with_entries(.value |= tostring)
[{"name":"a","value":1},{"key":"b","value":2}] | from_entries
.rows | map_values(.id)
.o | map_values(empty)
.rows | map(select(.tags | length > 0)) | length
.rows | group_by(.m == null) | map(map(.id))
.rows | sort_by(.t, -.id) | map(.id)
.rows | unique_by(.m | type) | map(.id)
.rows | min_by(.id).id, max_by(.id).id
.b | sort, add, min, max, reverse, length
[] | add, min, max
.n | reverse
.b | contains([1]), inside([1, 2, 3])
.s | contains("World"), startswith("He"), endswith("x")
.s | ltrimstr("Hello"), rtrimstr("World"), ltrimstr(1)
.a | ltrimstr("x"), rtrimstr("x")
.s | test("world"), test("world"; "i"), test(["world", "i"]), test("world"; null)
.s | [match("o"; "g").offset]
.s | capture("(?<first>[a-z]+), (?<second>\\w+)"; "i")
.s | [scan("[A-Z]")], [scan("([A-Z])([a-z])")]
.s | split(", "), split("o"; null), [splits(", *")], [splits("O"; "i")]
.s | sub("World"; "jq"), gsub("[aeiou]"; "*"), gsub("(?<c>[A-Z])"; "<\(.c)>")
.s | ascii_downcase, ascii_upcase, explode[0], (explode | implode)
.s | .[2:4], .[-5:], .[:1], indices("o"), index("o"), rindex("o")
.b | indices(1), index(2), .[1:], .[:-1], .[-1]
[1, 2, 1, 2] | indices([1, 2])
.a as $x | [$x, $x + 1]
. as {a: $x, b: [$y, $z]} | [$x, $y, $z]
.rows[] as {id: $id, $t} | "\($id)=\($t)"
reduce .b[] as $x (0; . + $x)
[foreach .b[] as $x (0; . + $x)], [foreach .b[] as $x (0; . + $x; [$x, .])]
[limit(2; .b[])], first(.b[]), [first(empty)], nth(1; .b[]), [limit(0; .b[])], [limit(-1; .b[])]
[range(3)], [range(2; 5)], [range(0; 10; 4)], [range(5; 0; -2)]
[while(. < 3; . + 1)?], (1 | [while(. < 20; . * 3)]), (1 | until(. > 50; . * 2))
1 | [recurse(if . < 3 then . + 1 else empty end)], [recurse(. + 1; . < 4)]
[.o | ..], [.o | paths], ([paths(type == "number")] | length)
.b | IN([3, 1, 2]), (2 | IN(1, 2)), (.b? // 9 | IN(9))
IN(.b[]; 2), any(.b[]; . > 2), all(.b[]; . > 2), (.b | any, all), ([] | any, all)
INDEX(.rows[]; .id) | keys
.rows | INDEX(.t) | keys
.b | combinations(2)? // "none"
[[1, 2], [3, 4]] | [combinations], transpose, flatten, add
[1, [2, [3, [4]]]] | flatten, flatten(1), flatten(0)
.b | join("-"), ([1, null, "x", true] | join(",")), ([] | join(","))
.o | tojson, tostring, (tojson | fromjson), keys, length
"1.5", "12", "x" | tonumber? // "bad"
[1, 1.0, 1.5, 100000, -0.5, 0.00001] | map(tostring)
.s | @json, @text, @base64, (@base64 | @base64d), @uri, @html, @sh
[1, "a\tb", null, true] | @tsv, @csv
@base64 "x\(.s)y", @json "v=\(.o)"
try error("x") catch ., (try error({a: 1}) catch .a), [.b[] | try error catch .]
(.a.b)? // "no", ([.[] | .x?] | length), (.s | tonumber? // 0)
if .a == 1 then "one" elif .a == 2 then "two" else "many" end, (if false then 1 end)
label $out | foreach .b[] as $x (0; . + $x; if . > 3 then ., break $out else . end)
def f(x): x * 2; f(.a), def g: if . > 3 then . else . + 1 | g end; (.a | g)
def fac: if . <= 1 then 1 else . * (. - 1 | fac) end; 10 | fac
.b | map(. % 2), (.[0] / 2), (5 % -2), (-5 % 3), ([1, 2, 3] - [2]), ("a,b" / ",")
"ab" * 3, ({a: {b: 1}} * {a: {c: 2}}), ({a: 1} + {b: 2})
[1, 2.5, -2.5] | map(floor), map(ceil), map(round), map(fabs), (map(sqrt)[0]), (map(pow(.; 2)))
[nan] | sort, (nan < 1), ([nan, 1] | min), (infinite | isinfinite), (nan | isnan)
[null, true, 0, "", [], {}] | map(type), map(not), sort, (map(length? // "none"))
.when | fromdate, (fromdate | todate), (strptime("%Y-%m-%dT%H:%M:%SZ") | mktime)
1764000000 | todate, gmtime, strftime("%Y-%m-%d %H:%M")
1764000000.678 | todate, strftime("%s")
"10:20" | [splits(":") | tonumber], ("a1b22" | [match("[0-9]+"; "g").string])
[1, [2]] | tostream
fromstream([1, [2]] | tostream), [1 | truncate_stream([[0], 1], [[1, 0], 2], [[1, 0]], [[1]])]
.o | pick(.x), pick(.y[1])
(65 | [.] | implode), ({} | .a.b.c), ([1, 2] | has(0), has(5))
walk(if type == "number" then . + 1 else . end) | .b
[.rows[] | {id, t, n: (.tags | length)}], {a, "x": 1, (.s): 2, "k\(.a)": 3}, {a: (1, 2)}
$__loc__, ([.[]?] | length), ([..] | length), (.b | @json)
.rows | map(has("m")), (map(.m | objects.title)), ([.[].tags | arrays] | length)
[splits("a")?], ("aXbX" | split("X")), ("" | split(",")), ("abc" | [match("").offset])
ascii_downcase? // "no", (.s | utf8bytelength), ("é" | utf8bytelength, length, @uri)
[.b[] | select(. >= 2)], [.b[] as $x | .b[] as $y | select($x < $y) | [$x, $y]]
.b | bsearch(1), ([1, 2, 3] | bsearch(2), bsearch(0), bsearch(9)), first, last, nth(1)
getpath(["a"], ["b", 0]), [paths] == [path(..)] , path(.rows[0].m.title), [path(.b[])]
.b[1:] |= map(. * 10) | .b
.b |= sort | .b, (.b[] |= . + 1 | .b), (.b |= map(select(. != 1)) | .b), (.b[] += 10 | .b)
.a = 5 | .a, (.a |= empty | has("a")), (.b[0] |= empty | .b), (.o.x, .a) = 0
(.o += {z: 1} | .o | keys), (.o * {x: {q: 1}} | .x)
limit(1; .b[] | select(. < 3)), [.b[] | if . == 1 then "one" else . end], (.b | index(1))
"\(1 + 2) \("in \(.a)")", "tab\tend", "é\u00e9", @sh "echo \(.s)"
splits("x")? // "no", ([.rows[].m?.title?] | length), (.["a"]), (.rows[0]["t"]), (."s")
[.b | .[1.7]], ([1,2,3] | .[0:1.5]), (null | .[1:2]), (null | length), ([] | first? // "none")
error(null)? // "caught", ([.[] | numbers]), ([.[] | strings] | length), ([.[] | iterables] | length)
getpath(["b", -1]), ([3, 4] | del(.[-1])), ([1, 2, 3] | del(.[0], .[1])), ([1, 2, 3] | to_entries | length)
ltrimstr("x") | type, ({} | tojson), ([] | tojson), (null | tojson), ("\"q\"" | tojson)
abs? // "no", (-3 | abs), ([-1, 2] | map(abs)), ("abc" | ascii_upcase)
(1 as $x | 2 as $y | [$x, $y, $x + $y]), ([.[] | booleans]), ([.b, .b] | add)
"#;

#[test]
#[cfg_attr(not(has_jq_1_7), ignore = "jq 1.7 is not installed")]
fn expressions_mean_what_they_mean_in_jq() {
    let world = World::new();
    let mut different = Vec::new();
    for expression in SAME.trim().lines() {
        let whole = format!("({DATA}) | {expression}");
        let theirs = Command::new("jq").args(["-rcn", &whole]).output().expect("jq runs");
        let theirs = String::from_utf8_lossy(&theirs.stdout).into_owned();
        let ours = world.run_args(&["config", "list", "--user", "--jq", &whole]);
        if ours.stdout != theirs {
            different.push(format!(
                "{expression}\n  jq:    {theirs:?}\n  glduo: {:?} {}",
                ours.stdout, ours.stderr
            ));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}
