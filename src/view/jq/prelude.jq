# What jq 1.7 defines and the library lacks, or defines differently.

# Paths: all of them are deleted at once, the last one first.
def delpaths($paths): reduce ($paths | unique | reverse[]) as $path (.;
  if $path == [] or getpath($path[:-1]) == null then if $path == [] then null else . end
  else getpath($path) |= empty end);
def del(f): delpaths([path(f)]);
def leaf_paths: paths(scalars);
def pick(f): . as $top | reduce path(f) as $path (null; setpath($path; $top | getpath($path)));
def tostream:
  path(def r: (.[]? | r), .; r) as $p | getpath($p)
  | reduce path(.[]?) as $q ([$p, .]; [$p + $q]);
def fromstream(f): { x: null, e: false } as $init
  | foreach f as $i ($init;
      if .e then $init else . end
      | if $i | length == 2
        then setpath(["e"]; $i[0] | length == 0) | setpath(["x"] + $i[0]; $i[1])
        else setpath(["e"]; $i[0] | length == 1) end;
      if .e then .x else empty end);
def truncate_stream(stream): . as $n | null | stream
  | if (.[0] | length) > $n then .[0] |= .[$n:] else empty end;

# Arrays and objects.
def IN(s): any(s == .; .);
def IN(source; s): any(source == s; .);
def INDEX(stream; f): reduce stream as $row ({}; .[$row | f | tostring] |= $row);
def INDEX(f): INDEX(.[]; f);
def toarray: if isarray then . else [.] end;
def reverse: if isstring then explode | library_reverse | implode
  elif . == null then [] else library_reverse end;
def flatten($depth): if $depth < 0 then error("flatten depth must not be negative")
  else [.[] | if isarray and $depth > 0 then flatten($depth - 1)[] else . end] end;
def walk(f):
  def w: if isobject then map_values(w) elif isarray then map(w) else . end | f;
  w;
def from_entries: reduce .[] as $x ({}; . + {
  ($x | if .key == null then .k // .name // .Name // .K // .Key else .key end
    | if isstring then . else tojson end):
  ($x | if has("value") then .value elif has("v") then .v else .Value end) });
def with_entries(f): to_entries | map(f) | from_entries;
def join($s): reduce .[] as $x (null;
  (if . == null then "" else . + $s end)
  + ($x | if . == null then "" elif isboolean or isnumber then tojson else . end)) // "";
def limit($n; f): if $n < 0 then f else library_limit($n; f) end;
def ascii: [.] | implode;
def have_literal_numbers: true;
def have_decnum: false;

# Regular expressions: flags can be null, and expression and flags one array.
def with_flags($re): if $re | isarray then [$re[0], $re[1] // ""] else [$re, ""] end;
def match($re; $flags): matches($re; $flags // "")[] | .[0] + { captures: .[1:] };
def match($re): with_flags($re) as [$r, $f] | match($r; $f);
def test($re; $flags): matches($re; $flags // "") | length > 0;
def test($re): with_flags($re) as [$r, $f] | test($r; $f);
def capture($re; $flags): matches($re; $flags // "")[] | capture_of_match;
def capture($re): with_flags($re) as [$r, $f] | capture($r; $f);
def scan($re; $flags): scan_($re; "g" + ($flags // ""));
def scan($re): with_flags($re) as [$r, $f] | scan($r; $f);
def split($re; $flags): split_($re; "g" + ($flags // ""));
def splits($re; $flags): split($re; $flags)[];
def splits($re): splits($re; null);

# Messages on standard error.
def debug: (["DEBUG:", .] | library_debug) as $x | .;
def debug(message): (message | ["DEBUG:", .] | library_debug | empty), .;

# Dates between the years -9999 and 9999, in UTC.
def seconds:
  if isnumber and (. < -377705023201 or . > 253402207200) or isarray and .[1] > 11
  then error("the time \(.) is out of range") else . end;
def mktime: seconds | library_mktime;
def gmtime: seconds | library_gmtime;
def localtime: seconds | library_localtime;
def strftime($format): seconds | library_strftime($format);
def strflocaltime($format): seconds | library_strflocaltime($format);
def todateiso8601: strftime("%Y-%m-%dT%H:%M:%SZ");
def todate: todateiso8601;
def date: todate;
def dateadd(unit; $n): . + $n;
def datesub(unit; $n): . - $n;
