//! The values of expressions: the library's, with limits on what can be built and with the
//! updates that jq allows below `null`.

use std::cmp::Ordering;
use std::fmt;
use std::ops::{Add, Div, Mul, Neg, Rem, Sub};

use jaq_core::path::Opt;
use jaq_core::val::Range;
use jaq_core::{Error, Exn, ValR as CoreValR, ValT, ValX as CoreValX};
use jaq_json::{Map, Num, Rc, Val};
use jaq_std::ValT as StdValT;

use super::DEEPEST;

/// The most elements of an array that an expression may build.
const MOST_ELEMENTS: usize = 20_000_000;

/// The most bytes of a string that an expression may build.
const MOST_BYTES: usize = 256 << 20;

/// Marks a value that stopped growing at a limit. Building an array cannot fail in the library,
/// so every later use of the value does.
const OVERFLOW: usize = usize::MAX;

type ValR<T = Value> = CoreValR<T, Value>;
type ValX<'a> = CoreValX<'a, Value>;

/// A value, and a bound on how deep it is nested. Recursion over values, such as printing and
/// dropping them, needs stack for every level.
#[derive(Clone, Debug)]
pub(super) struct Value {
    pub(super) val: Val,
    depth: usize,
}

impl Value {
    /// Takes a value that is nested at most [`DEEPEST`] levels deep.
    pub(super) fn new(val: Val) -> Self {
        Self::bounded(val, DEEPEST)
    }

    fn bounded(val: Val, depth: usize) -> Self {
        let is_nested = matches!(val, Val::Arr(_) | Val::Obj(_));
        Self { val, depth: if is_nested || depth == OVERFLOW { depth } else { 0 } }
    }

    /// A value around others, the deepest of which is this deep.
    fn around(val: Val, depth: usize) -> Self {
        if depth == OVERFLOW {
            return Self { val: Val::Null, depth };
        }
        let value = Self::bounded(val, depth + 1);
        // The bound only grows; before it counts, the true depth is measured.
        if value.depth <= DEEPEST {
            return value;
        }
        match depth_of(&value.val, DEEPEST) {
            Some(depth) => Self::bounded(value.val, depth),
            None => Self { val: Val::Null, depth: OVERFLOW },
        }
    }

    /// A value inside this one.
    fn inner(&self, val: Val) -> Self {
        Self::bounded(val, self.depth.saturating_sub(1))
    }

    /// Fails if the value stopped growing at a limit.
    pub(super) fn checked(self) -> ValR {
        if self.depth == OVERFLOW { Err(too_large()) } else { Ok(self) }
    }
}

fn too_large() -> Error<Value> {
    Error::str(format_args!(
        "a value grows beyond {MOST_ELEMENTS} elements, {MOST_BYTES} bytes or {DEEPEST} levels"
    ))
}

/// The levels of nesting, `None` if there are more than `limit`.
fn depth_of(val: &Val, limit: usize) -> Option<usize> {
    let deepest = |mut inner: Box<dyn Iterator<Item = &Val> + '_>| {
        let below = limit.checked_sub(1)?;
        inner
            .try_fold(0, |depth, val| Some(depth.max(depth_of(val, below)?)))
            .map(|depth| depth + 1)
    };
    match val {
        Val::Arr(array) => deepest(Box::new(array.iter())),
        Val::Obj(object) => deepest(Box::new(object.iter().flat_map(|(key, val)| [key, val]))),
        _ => Some(0),
    }
}

fn lift<T>(result: Result<T, jaq_json::Error>) -> ValR<T> {
    result.map_err(|error| Error::new(Value::new(error.into_val())))
}

/// An operation of two values by the library, whose result can be as deep as either.
fn operate(left: Value, right: Value, operation: fn(Val, Val) -> jaq_json::ValR) -> ValR {
    let depth = left.depth.max(right.depth);
    let (left, right) = (left.checked()?, right.checked()?);
    Ok(Value::bounded(plain(lift(operation(left.val, right.val))?), depth))
}

/// jq prints a whole number that was calculated without a fraction.
fn plain(val: Val) -> Val {
    match val {
        Val::Num(Num::Float(number))
            if number.fract() == 0.0
                && number.abs() < 1e15
                && (number != 0.0 || number.is_sign_positive()) =>
        {
            // It is whole and small.
            #[expect(clippy::cast_possible_truncation)]
            Val::from(number as isize)
        }
        val => val,
    }
}

/// The value as JSON can hold it: as jq writes numbers that are none, or infinite.
pub(super) fn finite(val: &Val) -> Val {
    match val {
        Val::Num(Num::Float(number)) if number.is_nan() => Val::Null,
        Val::Num(Num::Float(number)) if number.is_infinite() => {
            Val::from(f64::MAX.copysign(*number))
        }
        Val::Arr(array) => array.iter().map(finite).collect(),
        Val::Obj(object) => {
            Val::obj(object.iter().map(|(key, val)| (key.clone(), finite(val))).collect())
        }
        val => val.clone(),
    }
}

impl Add for Value {
    type Output = ValR;
    fn add(self, other: Self) -> ValR {
        let (elements, bytes) = match (&self.val, &other.val) {
            (Val::Arr(left), Val::Arr(right)) => (left.len() + right.len(), 0),
            (Val::TStr(left), Val::TStr(right)) => (0, left.len() + right.len()),
            _ => (0, 0),
        };
        if elements > MOST_ELEMENTS || bytes > MOST_BYTES {
            return Err(too_large());
        }
        operate(self, other, Add::add)
    }
}

impl Sub for Value {
    type Output = ValR;
    fn sub(self, other: Self) -> ValR {
        operate(self, other, Sub::sub)
    }
}

impl Mul for Value {
    type Output = ValR;
    fn mul(self, other: Self) -> ValR {
        match (&self.val, &other.val) {
            (Val::TStr(text), Val::Num(_)) => repeated(text, other.as_f64()),
            (Val::Num(_), Val::TStr(text)) => repeated(text, self.as_f64()),
            _ => operate(self, other, Mul::mul),
        }
    }
}

/// As in jq 1.7, `null` if the number is not positive. A fraction of a repetition is omitted.
fn repeated(text: &[u8], times: Option<f64>) -> ValR {
    let times = times.unwrap_or_default();
    if times.is_nan() || times <= 0.0 {
        return Ok(Value::new(Val::Null));
    }
    // A float saturates as an integer.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let times = times.max(1.0) as usize;
    match text.len().checked_mul(times) {
        Some(length) if length <= MOST_BYTES => {
            Ok(Value::new(Val::utf8_str(text.repeat(if text.is_empty() { 1 } else { times }))))
        }
        _ => Err(too_large()),
    }
}

impl Div for Value {
    type Output = ValR;
    fn div(self, other: Self) -> ValR {
        Ok(Value { depth: 1, ..operate(self, other, Div::div)? })
    }
}

impl Rem for Value {
    type Output = ValR;
    fn rem(self, other: Self) -> ValR {
        operate(self, other, Rem::rem)
    }
}

impl Neg for Value {
    type Output = ValR;
    fn neg(self) -> ValR {
        Ok(Value::new(lift(-self.checked()?.val)?))
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.val.fmt(f)
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.val == other.val
    }
}

impl Eq for Value {}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        self.val.cmp(&other.val)
    }
}

macro_rules! from_scalar {
    ($($kind:ty),*) => {
        $(impl From<$kind> for Value {
            fn from(scalar: $kind) -> Self {
                Self::bounded(plain(scalar.into()), 0)
            }
        })*
    };
}

from_scalar!(bool, isize, usize, f64, String);

impl From<Range<Value>> for Value {
    fn from(range: Range<Value>) -> Self {
        let val = |bound: Option<Value>| bound.map(|bound| bound.val);
        Self::bounded(Val::from(val(range.start)..val(range.end)), 1)
    }
}

impl FromIterator<Value> for Value {
    fn from_iter<I: IntoIterator<Item = Value>>(values: I) -> Self {
        let (mut array, mut depth) = (Vec::new(), 0);
        for value in values {
            if array.len() == MOST_ELEMENTS || value.depth == OVERFLOW {
                depth = OVERFLOW;
                break;
            }
            depth = depth.max(value.depth);
            array.push(value.val);
        }
        Self::around(Val::Arr(Rc::new(array)), depth)
    }
}

impl ValT for Value {
    fn from_num(number: &str) -> ValR {
        Ok(Self::bounded(lift(Val::from_num(number))?, 0))
    }

    fn from_map<I: IntoIterator<Item = (Self, Self)>>(members: I) -> ValR {
        let mut depth = 0;
        let mut map = Map::default();
        for (key, value) in members {
            if !matches!(key.val, Val::TStr(_)) {
                return Err(Error::str(format_args!("Object keys must be strings, not {key}")));
            }
            depth = depth.max(value.depth);
            map.insert(key.val, value.val);
        }
        Self::around(Val::obj(map), depth).checked()
    }

    fn key_values(self) -> Box<dyn Iterator<Item = ValR<(Self, Self)>>> {
        let depth = self.depth.saturating_sub(1);
        let pair = move |(key, val)| (Self::bounded(key, 0), Self::bounded(val, depth));
        match self.checked() {
            Ok(value) => Box::new(value.val.key_values().map(move |each| lift(each).map(pair))),
            Err(error) => Box::new(std::iter::once(Err(error))),
        }
    }

    fn values(self) -> Box<dyn Iterator<Item = ValR>> {
        Box::new(self.key_values().map(|pair| pair.map(|(_, value)| value)))
    }

    fn index(self, index: &Self) -> ValR {
        let value = self.checked()?;
        let whole = whole_index(&index.val);
        let index = whole.as_ref().unwrap_or(&index.val);
        if matches!((&value.val, index), (Val::Obj(_), other) if !matches!(other, Val::TStr(_))) {
            return Err(Error::index(value, Self::new(index.clone())));
        }
        let depth = value.depth.saturating_sub(1);
        Ok(Self::bounded(lift(value.val.index(index))?, depth))
    }

    fn range(self, range: Range<&Self>) -> ValR {
        let value = self.checked()?;
        if matches!(value.val, Val::Null) {
            return Ok(value);
        }
        let depth = value.depth;
        let start = range.start.map(|start| bound(&start.val, f64::floor)).transpose()?;
        let end = range.end.map(|end| bound(&end.val, f64::ceil)).transpose()?;
        Ok(Self::bounded(lift(value.val.range(start.as_ref()..end.as_ref()))?, depth))
    }

    fn map_values<'a, I: Iterator<Item = ValX<'a>>>(
        self,
        opt: Opt,
        f: impl Fn(Self) -> I,
    ) -> ValX<'a> {
        let value = self.checked()?;
        let new = |val: Val| f(value.inner(val));
        match &value.val {
            Val::Arr(array) => array.iter().flat_map(|val| new(val.clone())).collect(),
            Val::Obj(object) => {
                let mut members = Vec::with_capacity(object.len());
                for (key, val) in object.iter() {
                    if let Some(new) = new(val.clone()).next() {
                        members.push((Self::bounded(key.clone(), 0), new?));
                    }
                }
                Ok(Self::from_map(members)?)
            }
            _ => {
                opt.fail(value, |value| Exn::from(Error::typ(value, "iterable (array or object)")))
            }
        }
    }

    fn map_index<'a, I: Iterator<Item = ValX<'a>>>(
        self,
        index: &Self,
        opt: Opt,
        f: impl Fn(Self) -> I,
    ) -> ValX<'a> {
        let mut value = self.checked()?;
        let whole = whole_index(&index.val);
        let index = whole.as_ref().unwrap_or(&index.val);
        if let Val::Obj(bounds) = index {
            let bound = |name: &'static str| {
                bounds.get(&Val::utf8_str(name)).map(|bound| Self::new(bound.clone()))
            };
            let (start, end) = (bound("start"), bound("end"));
            return value.map_range(start.as_ref()..end.as_ref(), opt, f);
        }
        // jq: what is missing below `null` is created.
        let was_null = matches!(value.val, Val::Null);
        if was_null {
            value.val = match index {
                Val::TStr(_) => Val::obj(Map::default()),
                Val::Num(_) => Val::Arr(Rc::default()),
                _ => Val::Null,
            };
        }
        let depth = value.depth.saturating_sub(1);
        let update = |old: Val| f(Self::bounded(old, depth)).next().transpose();
        let changed = match (&mut value.val, index) {
            (Val::Obj(object), Val::TStr(_)) => update_member(Rc::make_mut(object), index, update)?,
            (Val::Arr(array), Val::Num(number)) => match position(number, array.len()) {
                Ok(at) => update_element(Rc::make_mut(array), at, update)?,
                Err(error) => opt.fail(None, |_| Exn::from(error))?,
            },
            (_, index) => {
                let index = Self::new(index.clone());
                return opt.fail(value, |value| Exn::from(Error::index(value, index)));
            }
        };
        match changed {
            None if was_null => Ok(Self::new(Val::Null)),
            None => Ok(value),
            Some(inner) => {
                let depth = inner.max(value.depth.saturating_sub(1));
                Ok(Self::around(value.val, depth).checked()?)
            }
        }
    }

    fn map_range<'a, I: Iterator<Item = ValX<'a>>>(
        self,
        range: Range<&Self>,
        opt: Opt,
        f: impl Fn(Self) -> I,
    ) -> ValX<'a> {
        let mut value = self.checked()?;
        if matches!(value.val, Val::Null) {
            value.val = Val::Arr(Rc::default());
        }
        let Val::Arr(array) = &value.val else {
            return opt.fail(value, |value| Exn::from(Error::typ(value, "array")));
        };
        let (start, end) = match bounds(range, array.len()) {
            Ok(bounds) => bounds,
            Err(error) => return opt.fail(value, |_| Exn::from(error)),
        };
        let part: Val = array[start..end].iter().cloned().collect();
        let Some(new) = f(Self::bounded(part, value.depth)).next().transpose()? else {
            return Ok(Self::bounded(
                array[..start].iter().chain(&array[end..]).cloned().collect(),
                value.depth,
            ));
        };
        let Val::Arr(new_elements) = &new.val else {
            return Err(Exn::from(Error::typ(new, "array")));
        };
        let elements = array[..start].iter().chain(new_elements.iter()).chain(&array[end..]);
        let depth = value.depth.max(new.depth);
        Ok(Self::bounded(elements.cloned().collect(), depth))
    }

    fn as_bool(&self) -> bool {
        self.val.as_bool()
    }

    fn into_string(self) -> Self {
        Self::bounded(self.val.into_string(), 0)
    }
}

/// Updates or removes a member, and gives the depth of its new value.
fn update_member<'a>(
    object: &mut Map,
    key: &Val,
    update: impl Fn(Val) -> Result<Option<Value>, Exn<'a, Value>>,
) -> Result<Option<usize>, Exn<'a, Value>> {
    let old = object.get_mut(key).map(std::mem::take).unwrap_or_default();
    let Some(new) = update(old)? else {
        object.shift_remove(key);
        return Ok(None);
    };
    object.insert(key.clone(), new.val);
    Ok(Some(new.depth))
}

/// Updates or removes an element, and gives the depth of its new value. What is missing before
/// it becomes `null`.
fn update_element<'a>(
    array: &mut Vec<Val>,
    at: usize,
    update: impl Fn(Val) -> Result<Option<Value>, Exn<'a, Value>>,
) -> Result<Option<usize>, Exn<'a, Value>> {
    let old = array.get_mut(at).map(std::mem::take).unwrap_or_default();
    let Some(new) = update(old)? else {
        if at < array.len() {
            array.remove(at);
        }
        return Ok(None);
    };
    if at >= array.len() {
        array.resize(at + 1, Val::Null);
    }
    array[at] = new.val;
    Ok(Some(new.depth))
}

/// The number below a fraction, by which jq indexes.
fn whole_index(index: &Val) -> Option<Val> {
    rounded(index, f64::floor)
}

/// A slice's bound: jq begins it at the number below a fraction, and ends it at the one above.
fn bound(index: &Val, round: fn(f64) -> f64) -> ValR<Val> {
    match rounded(index, round).unwrap_or_else(|| index.clone()) {
        whole @ (Val::Null | Val::Num(_)) => Ok(whole),
        other => Err(Error::str(format_args!(
            "Start and end indices of an array slice must be numbers, not {other}"
        ))),
    }
}

fn rounded(index: &Val, round: fn(f64) -> f64) -> Option<Val> {
    let Val::Num(Num::Float(_) | Num::Dec(_)) = index else { return None };
    let whole = round(index.as_f64()?);
    // A float saturates as an integer.
    #[expect(clippy::cast_possible_truncation)]
    (!whole.is_nan()).then_some(Val::from(whole as isize))
}

/// Where in an array of this length an update by this number happens; it may be behind its end.
fn position(index: &Num, length: usize) -> Result<usize, Error<Value>> {
    let index = Val::Num(index.clone()).as_isize().ok_or_else(too_large)?;
    let at = match usize::try_from(index) {
        Ok(at) => at,
        Err(_) => length
            .checked_sub(index.unsigned_abs())
            .ok_or_else(|| Error::str("Out of bounds negative array index"))?,
    };
    if at < MOST_ELEMENTS { Ok(at) } else { Err(too_large()) }
}

/// A slice's bounds in an array of this length.
fn bounds(range: Range<&Value>, length: usize) -> ValR<(usize, usize)> {
    let position = |index: Option<&Value>, round, default: usize| {
        let Some(index) = index else { return Ok(default) };
        let index = bound(&index.val, round)?;
        Ok(match index.as_isize().map(|index| (index, usize::try_from(index))) {
            None => default,
            Some((_, Ok(at))) => at.min(length),
            Some((index, Err(_))) => length.saturating_sub(index.unsigned_abs()),
        })
    };
    let start = position(range.start, f64::floor, 0)?;
    Ok((start, position(range.end, f64::ceil, length)?.max(start)))
}

impl StdValT for Value {
    fn into_seq<S: FromIterator<Self>>(self) -> Result<S, Self> {
        let depth = self.depth.saturating_sub(1);
        match self.val {
            Val::Arr(array) => {
                Ok(array.iter().map(|val| Self::bounded(val.clone(), depth)).collect())
            }
            _ => Err(self),
        }
    }

    fn is_int(&self) -> bool {
        self.val.is_int()
    }

    fn as_isize(&self) -> Option<isize> {
        self.val.as_isize()
    }

    fn as_f64(&self) -> Option<f64> {
        self.val.as_f64()
    }

    fn is_utf8_str(&self) -> bool {
        self.val.is_utf8_str()
    }

    fn as_bytes(&self) -> Option<&[u8]> {
        self.val.as_bytes()
    }

    fn as_sub_str(&self, part: &[u8]) -> Self {
        Self::bounded(self.val.as_sub_str(part), 0)
    }

    fn from_utf8_bytes(bytes: impl AsRef<[u8]> + Send + 'static) -> Self {
        Self::bounded(Val::from_utf8_bytes(bytes), 0)
    }
}
