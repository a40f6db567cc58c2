#!/usr/bin/env python3
"""Random task programs: what the analyzer reads must be what the tasks register when they run.

  tests/fuzz/analyzer_programs.py --build build/release [--seconds N] [--seed N] [--tasks N] [--keep DIR]

Each round writes one source with many task classes, compiles and loads it, and analyses it. Each task must be refused, or have
exactly the name, options and topics that it really registers. Prints how many were known and how many refused.
"""
import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time

HEADER = """#include <mort/task/task.hpp>
#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <tuple>
struct M { std::int32_t x; };
class Base : public mort::Task {
 protected:
  void ports(std::string_view name, std::vector<std::string> sub, std::vector<std::string> pub) {
    RegTask(name);
    sub_ = std::move(sub);
    pub_ = std::move(pub);
    RegSub(sub_);
    RegPub(pub_);
  }
  void Run() override {
    for (const auto& t : sub_) Take<M>(t);
    for (const auto& t : pub_) Publish(t, M{});
  }
  std::vector<std::string> sub_, pub_;
};
volatile int unknown_number = 1;
bool unknown_choice() { return unknown_number == 1; }
std::string joined(const std::string& a, const std::string& b) { return a + "_" + b; }
void append(std::string& to, std::string_view what) { to += what; }
void append_at(std::string* to, const char* what) { *to += what; }
std::string& pick(std::string& a, std::string& b, bool first) { return first ? a : b; }
std::string* pick(std::string* a, std::string* b, bool first) { return first ? a : b; }
const std::string& longest(const std::string& a, const std::string& b) { return a.size() < b.size() ? b : a; }
void push(std::vector<std::string>& list, const std::string& what) { list.push_back(what); }
int bump(int& n) { return n++; }
template <class T> T twice(T x) { return x + x; }
template <class F> auto apply(F f) { return f(); }
template <class... T> std::string all(const T&... parts) { return (std::string() + ... + parts); }
template <int N> int scaled(int x) { if constexpr (N % 2 == 0) return x * N; else return x - N; }
std::string early(const std::string& a, int n) { if (n % 3 == 0) return a; for (int i = 0; i < n % 5; ++i) if (i == 2) return a + "r"; return "e" + a; }
std::optional<std::string> maybe(const std::string& a, int n) { if (n % 2) return std::nullopt; return a; }
std::string digits(unsigned n) { return n < 10 ? std::string(1, static_cast<char>('0' + n)) : digits(n / 10) + digits(n % 10); }
int counted() { static int calls = 0; return ++calls; }
const std::string& fixed_name() { static const std::string name = joined("fixed", "name"); return name; }
std::string by_value(std::string a, std::string_view b) { a += b; return a; }
std::vector<std::string> listed(std::vector<std::string> in, const std::string& last) { in.push_back(last); for (auto& t : in) t += "!"; return in; }
std::string& first_of(std::vector<std::string>& v, std::string& other) { return v.empty() ? other : v[0]; }
struct Site { std::string at; explicit Site(std::string a) : at(std::move(a)) {} };
struct Left : virtual Site { Left() : Site("left") { at += "L"; } };
struct Right : virtual Site { Right() : Site("right") { at += "R"; } };
struct Both : Left, Right { Both(std::string a) : Site(std::move(a)) { at += "B"; } };
struct Early { Early() { seen = what(); } virtual ~Early() = default; virtual std::string what() const { return "early"; } std::string seen; };
struct Late : Early { std::string suffix = "late"; Late() { seen += what(); } std::string what() const override { return suffix; } };
struct Ordered { int b; int a; std::string t; explicit Ordered(int x) : b(x + 1), a(b * 2), t(std::to_string(a)) {} int next() { return a++; } };
struct Link { std::string* to = nullptr; const Link* next = nullptr; std::string read() const { return (to ? *to : "-") + (next ? next->read() : ""); } };
struct Scoped { std::string old; std::string& now; Scoped(std::string& n, std::string v) : old(n), now(n) { now = std::move(v); } ~Scoped() { now = old; } };
struct Setter { std::string value; Setter& set(std::string v) { value = std::move(v); return *this; } Setter&& done() && { value += "d"; return std::move(*this); } };
template <class T, int N> struct Ring { T items[N]{}; int used = 0; void add(T t) { items[used++ % N] = std::move(t); } T* begin() { return items; } T* end() { return items + N; } };
template <class D> struct Crtp { std::string all_() { return static_cast<D*>(this)->part() + "2"; } };
struct Crtped : Crtp<Crtped> { std::string own = "own"; std::string part() { own += "p"; return own; } };
struct Pair { std::string first = "f"; std::string second; int n = 0; };
struct Holder { std::string& text; int times; void add(const char* w) { for (int i = 0; i < times; ++i) text += w; } };
struct AtEnd { std::string& text; const char* what; ~AtEnd() { text += what; } };
struct Counted { int* n; explicit Counted(int* c) : n(c) { ++*n; } ~Counted() { *n += 10; } };
struct Copied { std::string t; Copied(std::string s) : t(std::move(s)) {} Copied(const Copied& o) : t(o.t + "c") {} Copied& operator=(const Copied& o) { t = o.t + "a"; return *this; } };
struct Shape { std::string s = "S"; virtual ~Shape() = default; virtual std::string name() const { return "shape" + s; } std::string plain() const { return "P" + s; } };
struct Circle : Shape { Circle() { s = "C"; } std::string name() const override { return "circle" + s; } std::string plain() const { return "Q" + s; } };
struct Square : Shape { int side = 2; std::string name() const override { return "square" + std::to_string(side); } };
"""


class Task:
    """One task class: a constructor of random statements over texts s*, numbers n*, lists v*, pairs p* and maps."""

    def __init__(self, rng, number):
        self.rng = rng
        self.number = number
        self.serial = 0
        self.lines = []
        self.scopes = [{'s': [], 'n': [], 'v': [], 'p': [], 'q': [], 'l': [], 'm': []}]
        self.depth = 0
        self.wild = rng.random() < 0.35  # may depend on what is not known

    def fresh(self, kind):
        self.serial += 1
        return f'{kind}{self.serial}'

    def names(self, kind):
        return [n for scope in self.scopes for n in scope[kind]]

    def declare(self, kind, name):
        self.scopes[-1][kind].append(name)

    def word(self):
        return self.rng.choice(['"a"', '"b"', '"cd"', '"x1"', '"topic"', '"long_enough_to_be_on_the_heap_"'])

    def text_var(self, stays=False):
        """An lvalue of std::string; with `stays`, one that a reference to it may outlive changes of."""
        choices = list(self.names('s'))
        choices += [f'{p}.{m}' for p in self.names('p') for m in ('first', 'second')]
        choices += [f'(*{q})' for q in self.names('q')]
        if not stays:
            choices += [f'{v}.front()' for v in self.names('v')] + [f'{v}[{v}.size() / 2]' for v in self.names('v')]
        return self.rng.choice(choices) if choices else 'text_'

    def number_(self, deep=0):
        r = self.rng
        k = r.randrange(13)
        if k < 4 or deep > 2:
            return str(r.choice([0, 1, 2, 3, 5, 7, 127, 255, 300, 40000]))
        if k < 7 and self.names('n'):
            return r.choice(self.names('n'))
        if k == 7:
            return f'({self.number_(deep + 1)} {r.choice(["+", "-", "*", "%", "&", "|", "^"])} {r.choice(["1", "2", "3", "10"])})'
        if k == 8:
            return f'static_cast<int>({self.text_var()}.size())'
        if k == 9:
            cast = r.choice(['signed char', 'unsigned char', 'std::uint16_t', 'short', 'unsigned', 'long', 'bool', 'double'])
            return f'static_cast<int>(static_cast<{cast}>({self.number_(deep + 1)}))'
        if k == 10:
            return f'scaled<{r.randrange(5)}>({self.number_(deep + 1)})'
        if k == 11 and self.names('n'):
            n = r.choice(self.names('n'))
            return r.choice([f'{n}++', f'++{n}', f'({n} += 2)', f'bump({n})', f'({n} = {n} % 100)'])
        return f'({self.condition(deep + 1)} ? {self.number_(deep + 1)} : {self.number_(deep + 1)})'

    def condition(self, deep=0):
        r = self.rng
        if self.wild and r.random() < 0.15:
            return r.choice(['unknown_choice()', '(unknown_number > 0)', '(std::getenv("MORT_FUZZ") == nullptr)'])
        k = r.randrange(7)
        if k < 2:
            return f'({self.number_(deep + 1)} {r.choice(["<", ">", "==", "!=", "<="])} {self.number_(deep + 1)})'
        if k == 2:
            return f'({self.text_var()} {r.choice(["<", "==", "!="])} {self.text_var()})'
        if k == 3:
            return f'{self.text_var()}.empty()'
        if k == 4 and deep < 3:
            return f'({self.condition(deep + 1)} {r.choice(["&&", "||"])} {self.condition(deep + 1)})'
        if k == 5 and self.names('n'):
            return f'({r.choice(self.names("n"))}++ % 2 == 0)'
        return r.choice(['true', 'false', f'{self.text_var()}.size() > 4'])

    def text(self, deep=0):
        r = self.rng
        k = r.randrange(20)
        if k < 3 or deep > 2:
            return f'std::string({self.word()})'
        if k < 7:
            return self.text_var()
        if k == 7:
            return f'({self.text(deep + 1)} + {r.choice([self.word(), self.text(deep + 1)])})'
        if k == 8:
            return f'std::to_string({self.number_(deep + 1)})'
        if k == 9:
            return f'joined({self.text(deep + 1)}, {self.text(deep + 1)})'
        if k == 10:
            return f'longest({self.text_var()}, {self.text_var()})'
        if k == 11:
            return f'twice({self.text(deep + 1)})'
        if k == 12:
            return f'all({self.text(deep + 1)}, {self.word()}, {self.text_var()})'
        if k == 13:
            return f'({self.condition(deep + 1)} ? {self.text(deep + 1)} : {self.text(deep + 1)})'
        if k == 14:
            return f'std::string({self.text_var()}).substr(0, {r.randrange(1, 4)})'
        if k == 15:
            return f'early({self.text(deep + 1)}, {self.number_(deep + 1)})'
        if k == 16:
            return f'maybe({self.text_var()}, {self.number_(deep + 1)}).value_or("none")'
        if k == 17:
            return f'apply([&] {{ return {self.text(deep + 1)}; }})'
        if k == 18 and self.names('l'):
            return f'{r.choice(self.names("l"))}({self.number_(deep + 1)})'
        return f'std::string(1, static_cast<char>(97 + {r.randrange(26)}))'

    def add(self, line):
        self.lines.append('  ' * (2 + self.depth) + line)

    def block(self, head, count=3, tail='}'):
        self.add(head + ' {')
        self.depth += 1
        self.scopes.append({k: [] for k in self.scopes[0]})
        for _ in range(self.rng.randrange(1, count + 1)):
            self.statement()
        self.scopes.pop()
        self.depth -= 1
        self.add(tail)

    def statement(self):
        r = self.rng
        k = r.randrange(70)
        if k < 4:
            name = self.fresh('s')
            self.add(f'std::string {name} = {self.text()};')
            self.declare('s', name)
        elif k == 4:
            name = self.fresh('s')
            self.add(f'auto& {name} = {r.choice([self.text_var(True), f"pick({self.text_var(True)}, {self.text_var(True)}, {self.condition()})"])};')
            self.declare('s', name)
        elif k == 5:
            name = self.fresh('q')
            self.add(f'std::string* {name} = {r.choice(["&" + self.text_var(True), f"pick(&{self.text_var(True)}, &{self.text_var(True)}, {self.condition()})"])};')
            self.declare('q', name)
        elif k == 6:
            name = self.fresh('n')
            kind = r.choice(['int', 'int', 'int', 'unsigned char', 'short', 'std::uint16_t', 'unsigned'])
            self.add(f'{kind} {name} = static_cast<{kind}>({self.number_()});')
            if kind == 'int':
                self.declare('n', name)
            else:
                self.add(f'{name} += {r.randrange(300)};')
                self.add(f'std::string {name}t = std::to_string({name});')
                self.declare('s', name + 't')
        elif k == 7:
            name = self.fresh('v')
            self.add(f'std::vector<std::string> {name}{{{self.text()}, {self.text()}}};')
            self.declare('v', name)
        elif k == 8:
            name = self.fresh('p')
            self.add(r.choice([f'Pair {name};', f'Pair {name}{{{self.text()}}};', f'Pair {name}{{.second = {self.text()}}};']))
            self.declare('p', name)
        elif k < 12:
            self.add(f'{self.text_var()} {r.choice(["=", "+="])} {self.text()};')
        elif k == 12:
            self.add(f'append({self.text_var()}, {self.text()});')
        elif k == 13:
            self.add(f'append_at(&{self.text_var()}, {self.word()});')
        elif k < 16 and self.names('v'):
            v = r.choice(self.names('v'))
            self.add(r.choice([f'{v}.push_back({self.text()});', f'{v}.emplace_back({self.word()});', f'push({v}, {self.text()});',
                               f'{v}.insert({v}.begin(), {self.text()});', f'{v}.insert({v}.end(), {{{self.text()}, "i"}});',
                               f'if ({v}.size() > 2) {v}.pop_back();', f'if ({v}.size() > 2) {v}.erase({v}.begin() + 1);',
                               f'std::reverse({v}.begin(), {v}.end());', f'std::sort({v}.begin(), {v}.end());']))
        elif k == 16 and self.names('v'):
            v = r.choice(self.names('v'))
            w = self.fresh('v')
            self.add(r.choice([f'auto {w} = {v};', f'std::vector<std::string> {w}({v}.begin(), {v}.end());',
                               f'auto {w} = std::move({v}); {v} = {{{self.text()}}};',
                               f'std::vector<std::string> {w}; std::transform({v}.begin(), {v}.end(), std::back_inserter({w}), [&](const std::string& x) {{ return x + {self.word()}; }});']))
            self.declare('v', w)
        elif k == 17 and self.names('v'):
            self.block(f'for ({r.choice(["auto&", "const auto&", "auto", "std::string"])} {self.fresh("e")} : {r.choice(self.names("v"))})'.replace('const auto& e', 'const auto& e'), 1, '}')
        elif k == 18 and self.names('v'):
            v = r.choice(self.names('v'))
            e = self.fresh('e')
            self.add(f'for (auto& {e} : {v}) {{ {e} += {self.word()}; {self.text_var() if not self.text_var().startswith(v) else "text_"} += {e}.substr(0, 1); }}')
        elif k < 21:
            i = self.fresh('i')
            if self.depth < 3:
                self.block(f'for (int {i} = 0; {i} < {r.randrange(1, 4)}; ++{i})', 2)
        elif k < 24:
            if self.depth < 3:
                self.block(f'if ({self.condition()})', 2)
                if r.random() < 0.5:
                    self.block('else', 2)
        elif k == 24:
            if self.depth < 3:
                self.add(f'switch ({self.number_()} % 4) {{')
                for case in range(3):
                    self.add(f'  case {case}: {self.text_var()} += "{case}"; {r.choice(["break;", "[[fallthrough]];"])}')
                self.add(f'  default: {self.text_var()} += "d";')
                self.add('}')
        elif k == 25:
            name = self.fresh('l')
            capture = r.choice(['&', '=', '&', '&, this'])
            mutable = ' mutable' if capture == '=' else ''
            own = '' if capture == '=' else f'{self.text_var()} += "L"; '
            self.add(f'auto {name} = [{capture}, c = {r.randrange(3)}](int x) mutable {{ {own}return std::to_string(x + c++); }};'
                     if not mutable else f'auto {name} = [=, this, c = {r.randrange(3)}](int x) mutable {{ return {self.text(2)} + std::to_string(x + c++); }};')
            self.declare('l', name)
        elif k == 26:
            name = self.fresh('l')
            if self.names('l'):
                self.add(f'auto {name} = {r.choice(self.names("l"))};')
                self.declare('l', name)
        elif k == 27:
            self.add(f'{{ AtEnd e{{{self.text_var(True)}, {self.word()}}}; {self.text_var()} += "B"; }}')
        elif k == 28:
            h = self.fresh('h')
            self.add(f'Holder {h}{{{self.text_var(True)}, {r.randrange(3)}}}; {h}.add({self.word()});')
        elif k == 29:
            a, b = self.text_var(), self.text_var()
            self.add(f'std::swap({a}, {b});')
        elif k == 30 and len(self.names('v')) > 1:
            self.add(f'{r.choice(["std::swap({}, {});", "{}.swap({});"])}'.format(*r.sample(self.names('v'), 2)))
        elif k == 31:
            m, t = self.fresh('s'), self.text_var()
            self.add(f'std::string {m} = std::move({t}); {t} = {self.text()};')
            self.declare('s', m)
        elif k == 32:
            w = self.fresh('w')
            t = self.text_var()
            self.add(f'std::string_view {w} = {t}; {self.text_var()} += {r.choice([f"std::string({w})", w, f"{w}.substr(0, 1)"])};')
        elif k == 33:
            c = self.fresh('c')
            t = self.text_var()
            self.add(f'if (!{t}.empty()) {{ char& {c} = {t}[0]; {c} = {c} == \'a\' ? \'A\' : static_cast<char>({c} + 0); {self.text_var()} += {c}; }}')
        elif k == 34:
            p = self.fresh('p')
            if self.names('p'):
                o = r.choice(self.names('p'))
                self.add(r.choice([f'Pair {p} = {o};', f'Pair {p}; {p} = {o};', f'Pair& {p} = {o};', f'auto [{p}a, {p}b, {p}c] = {o}; Pair {p}{{{p}a, {p}b, {p}c}};']))
                self.declare('p', p)
        elif k == 35:
            x = self.fresh('x')
            self.add(f'Circle {x}; {r.choice(["Shape", "Shape&", "const Shape&"])} {x}b = {x}; {self.text_var()} += {x}b.{r.choice(["name", "plain"])}();')
        elif k == 36:
            x = self.fresh('x')
            self.add(f'std::unique_ptr<Shape> {x} = {r.choice(["std::make_unique<Circle>()", "std::make_unique<Square>()"])}; auto {x}m = std::move({x}); {self.text_var()} += ({x} ? "full" : {x}m->name());')
        elif k == 37 and (self.wild or r.random() < 0.3):
            x = self.fresh('x')
            self.add(f'Copied {x}(std::string({self.word()})); {r.choice([f"Copied {x}b = {x};", f"Copied {x}b({self.word()}); {x}b = {x};", f"std::vector<Copied> {x}v; {x}v.push_back({x}); Copied& {x}b = {x}v[0];"])} {self.text_var()} += {x}b.t;')
        elif k == 38:
            x = self.fresh('n')
            self.add(f'int {x} = 0; {{ Counted {x}a(&{x}); Counted {x}b{{&{x}}}; Counted{{&{x}}}; }}')
            self.declare('n', x)
        elif k == 39 and (self.wild or r.random() < 0.2):
            x = self.fresh('s')
            self.add(f'std::string {x} = "t"; try {{ {x} += "y"; if ({self.condition()}) throw 1; {x} += "n"; }} catch (int) {{ {x} += "c"; }}')
            self.declare('s', x)
        elif k == 40:
            m = self.fresh('m')
            self.add(f'std::map<std::string, std::string> {m}{{{{"b", {self.text()}}}, {{"a", {self.text()}}}}}; {m}["c"] = {self.text()}; for (const auto& [mk, mv] : {m}) {self.text_var()} += mk + mv;')
        elif k == 41:
            m = self.fresh('t')
            self.add(f'auto {m} = std::make_tuple({self.text()}, {self.number_()}); {self.text_var()} += std::get<0>({m});')
        elif k == 42:
            m = self.fresh('a')
            self.add(f'std::array<std::string, 2> {m}{{{self.text()}, {self.text()}}}; auto& {m}r = {m}[1]; std::array<std::string, 2> {m}o{{"o", "p"}}; {m} = {m}o; {m}r += "z"; {self.text_var()} += {m}[1];')
        elif k == 43:
            m = self.fresh('f')
            self.add(f'std::function<std::string(const std::string&)> {m} = [&](const std::string& x) {{ {self.text_var()} += "F"; return x + {self.word()}; }}; {self.text_var()} = {m}({self.word()});')
        elif k == 44:
            m = self.fresh('b')
            self.add(f'std::string {m}[2] = {{{self.text()}, {self.text()}}}; std::string* {m}p = {m}; *{m}p++ += "1"; {m}p->append({self.word()}); {self.text_var()} += {m}[1] + ({m}p == &{m}[1] ? "eq" : "ne");')
        elif k == 45:
            m = self.fresh('w')
            self.add(f'const char* {m} = {self.text_var()}.c_str(); {self.text_var()} += {m};')

        elif k == 46:
            self.add(f'{self.text_var()} += digits({self.number_()} & 1023);')
        elif k == 47:
            self.add(f'{self.text_var()} += fixed_name() + by_value({self.text()}, {self.text()});')
        elif k == 48:
            x = self.fresh('v')
            self.add(f'std::vector<std::string> {x} = listed({{{self.text()}, "q"}}, {self.text_var()});')
            self.declare('v', x)
        elif k == 49 and self.names('v'):
            self.add(f'first_of({self.rng.choice(self.names("v"))}, {self.text_var(True)}) += {self.text()};')
        elif k == 50:
            x = self.fresh('x')
            self.add(f'Both {x}({self.text()}); Late {x}l; {self.text_var()} += {x}.at + {x}l.seen;')
        elif k == 51:
            x = self.fresh('x')
            self.add(f'Ordered {x}({self.number_()} % 100); {self.text_var()} += {x}.t + std::to_string({x}.next()) + std::to_string({x}.b);')
        elif k == 52:
            x = self.fresh('x')
            t = self.text_var(True)
            self.add(f'Link {x}{{&{t}}}; Link {x}n{{&{self.text_var(True)}, &{x}}}; {t} += "k"; {{ const std::string r = {x}n.read(); {self.text_var()} += r.substr(0, 20); }}')
        elif k == 53:
            t = self.text_var(True)
            self.add(f'{{ Scoped g({t}, {self.text()}); {self.text_var()} += {t}.substr(0, 3); }}')
        elif k == 54:
            self.add(f'{self.text_var()} += Setter{{{self.word()}}}.set({self.text()}).value; {self.text_var()} += Setter{{{self.text()}}}.done().value;')
        elif k == 55:
            x = self.fresh('x')
            self.add(f'Ring<std::string, 3> {x}; for (int ri = 0; ri < {self.rng.randrange(5)}; ++ri) {x}.add({self.text()}); for (auto& rt : {x}) {self.text_var()} += rt.substr(0, 2);')
        elif k == 56:
            x = self.fresh('x')
            self.add(f'Crtped {x}; {self.text_var()} += {x}.all_(); {self.text_var()} += {x}.own;')
        elif k == 57 and self.wild:
            self.add(f'{self.text_var()} += std::to_string(counted());')
        elif k == 58:
            x = self.fresh('x')
            change = r.choice([f'{x}.push_front("l0"); ', '', f'++{x}i; '])
            self.add(f'std::list<std::string> {x}{{{self.text()}, "l2"}}; auto {x}i = {x}.begin(); {change}{self.text_var()} += *{x}i; {self.text_var()} += {x}.front();')
        elif k == 59:
            x = self.fresh('x')
            change = r.choice([f'{x}["a"] = 1; ', '', f'++{x}i; '])
            self.add(f'std::map<std::string, int> {x}; for (const char* w : {{"z", "b", "z", "k"}}) {x}[w] += {self.number_()} % 10; auto {x}i = {x}.find("k"); {change}for (auto& [mk, mv] : {x}) {self.text_var()} += mk + std::to_string(mv++); {self.text_var()} += {x}i->first;')
        elif k == 60:
            x = self.fresh('x')
            self.add(f'const std::string {x} = {self.text()}; const_cast<std::string&>({x}).size(); auto* {x}p = &{self.text_var(True)}; auto& {x}r = *{x}p; {x}r = {x} + {x}r.substr(0, 2);')
        elif k == 61:
            x = self.fresh('x')
            self.add(f'std::optional<std::string> {x}; if ({self.condition()}) {x} = {self.text()}; auto {x}c = {x}; if ({x}c) *{x}c += "o"; {self.text_var()} += {x}.value_or("none") + {x}c.value_or("nil");')
        elif k == 62:
            x = self.fresh('x')
            self.add(f'auto {x} = [{x}s = {self.text()}, &t = {self.text_var(True)}]() mutable -> std::string& {{ {x}s += "m"; t += "t"; return {x}s; }}; auto {x}c = {x}; {self.text_var()} += {x}(); {x}c() += "w"; {self.text_var()} += {x}c();')
        elif k == 63:
            x = self.fresh('x')
            self.add(f'std::string {x}a[] = {{{self.text()}, "A1"}}; for (auto& e : {x}a) e += "+"; std::string* {x}p = {r.choice(["&" + x + "a[0]", x + "a", x + "a"])}; ++{x}p; std::swap({x}a[0], *{x}p); {self.text_var()} += {x}a[0] + *({x}p - 1) + std::to_string({x}p - {x}a);')
        elif k == 64:
            x = self.fresh('x')
            self.add(f'std::set<int> {x}{{3, 1, {self.number_()}}}; {x}.insert({self.number_()}); for (int e : {x}) {self.text_var()} += std::to_string(e); {self.text_var()} += {x}.count(3) ? "y" : "n";')
        elif k == 65:
            x = self.fresh('x')
            t = self.text_var(True)
            self.add(f'for (char& c : {t}) if (c == \'a\') c = \'e\'; {{ std::string {x} = {t}; if (!{x}.empty()) {x}[0] = {x}.back(); {self.text_var()} += {x}; }}')
        elif k == 66:
            x = self.fresh('x')
            self.add(f'const Pair {x}{{{self.text()}, {self.text()}, {self.number_()}}}; auto {x}f = {x}; {x}f.first += "c"; const auto& [{x}a, {x}b, {x}c] = {x}f; {x}f.second = {x}a; {self.text_var()} += {x}b + {x}.first + std::to_string({x}c);')
        elif k == 67:
            x = self.fresh('x')
            self.add(f'auto {x} = std::make_shared<std::string>({self.text()}); auto {x}b = {x}; *{x}b += "s"; {x}b = std::make_shared<std::string>("new"); {self.text_var()} += *{x} + *{x}b;')
        elif k == 68:
            self.add(f'{self.text_var()} += std::to_string({self.number_()} + {self.number_()} * {self.number_()} - ({self.condition()}, {self.number_()}));')
        elif k == 69:
            x = self.fresh('x')
            self.add(f'std::pair<std::string, std::string> {x}{{{self.text()}, {self.text()}}}; auto& [{x}a, {x}b] = {x}; {x}a += {x}b; std::tie({self.text_var(True)}, {x}b) = std::make_pair({x}b, {x}a); {self.text_var()} += {x}.first + {x}.second;')

    def source(self):
        count = self.rng.randrange(3, 16)
        for _ in range(count):
            self.statement()
        sub = [f'"s{i}_" + {self.text_var()}.substr(0, 90)' for i in range(self.rng.randrange(1, 5))]
        if self.names('n'):
            sub.append(f'"n" + std::to_string({self.rng.choice(self.names("n"))})')
        pub = [f'"p{self.number}_{i}_" + {self.text_var()}.substr(0, 90)' for i in range(self.rng.randrange(0, 2))]
        list_line = f'    std::vector<std::string> subs{{{", ".join(sub)}}};\n'
        if self.names('v'):
            v = self.rng.choice(self.names('v'))
            list_line += f'    int vi = 0; for (const auto& e : {v}) subs.push_back("v" + std::to_string(vi++) + "_" + e.substr(0, 90));\n'
        name = f'T{self.number}'
        return (f'class {name} : public Base {{\n public:\n  {name}(std::string text, int n0) : text_(text + "m") {{\n' + '\n'.join(self.lines) + '\n'
                f'{list_line}    ports("t{self.number}", subs, {{{", ".join(pub)}}});\n  }}\n  std::string text_ = "default";\n}};\n'
                f'MORT_TASK({name}, {self.word()}, {self.rng.randrange(9)});\n')


def flags(root):
    return ['-std=c++20', f'-I{root}/framework/base/include', f'-I{root}/framework/message/include', f'-I{root}/framework/task/include']


def ports_of(task):
    return [p['topic'] for p in task.get('sub', [])], [p['topic'] for p in task.get('pub', [])]


def one_round(seed, arguments, root, folder):
    """Returns (known, refused, faults); no faults at all (None) when the program cannot run."""
    rng = random.Random(seed)
    source = os.path.join(folder, 'program.cpp')
    library = os.path.join(folder, 'program.so')
    tasks = [Task(rng, i).source() for i in range(arguments.tasks)]
    with open(source, 'w') as out:
        out.write(HEADER + ''.join(tasks))
    built = subprocess.run(['g++', '-O0', '-g0', '-w', '-fPIC', '-shared', '-D_GLIBCXX_ASSERTIONS', *flags(root), source, '-o', library,
                            f'-L{arguments.build}/lib', '-lmort', f'-Wl,-rpath,{arguments.build}/lib'], capture_output=True, text=True)
    if built.returncode != 0:
        return 0, 0, ['the generated program does not compile:\n' + '\n'.join([l for l in built.stderr.splitlines() if 'error' in l][:3])]
    made = subprocess.run([f'{arguments.build}/tests/analyzer_oracle', library], capture_output=True, text=True)
    if made.returncode != 0:
        return 0, 0, None  # an index out of range, say: it says nothing
    run_time = {task['name']: task for task in json.loads(made.stdout) if 'name' in task}
    read = subprocess.run([f'{arguments.build}/bin/mort-analyze', '--format', 'json', '--root', folder, source, '--', *flags(root)], capture_output=True, text=True)
    try:
        document = json.loads(read.stdout)
    except ValueError:
        return 0, 0, [f'the analyzer gives no document: exit {read.returncode} {read.stderr[-400:]}']
    known = 0
    faults = []
    for task in document['tasks']:
        real = run_time.get(task['name'])
        if real is None:
            faults.append(f'{task["name"]} is in the graph, but is never registered')
            continue
        known += 1
        sub, pub = ports_of(task)
        if sub != real['sub'] or pub != real['pub']:
            faults.append(f'{task["name"]}: the graph has sub {sub} pub {pub}\n  it registers sub {real["sub"]} pub {real["pub"]}')
    errors = [d for d in document['diagnostics'] if d['severity'] == 'error']
    if known < len(run_time) and not errors:
        faults.append('tasks are missing from the graph without a word')
    return known, len(run_time) - known, faults


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--build', default='build/release', help='build folder with mort-analyze, analyzer_oracle and libmort')
    parser.add_argument('--seconds', type=float, default=60)
    parser.add_argument('--seed', type=int, help='run this one program and stop')
    parser.add_argument('--first', type=int, default=None, help='first seed; the clock by default')
    parser.add_argument('--tasks', type=int, default=40, help='task classes in one program')
    parser.add_argument('--keep', help='folder for the program of a fault (default: the build folder)')
    arguments = parser.parse_args()
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    arguments.build = os.path.abspath(arguments.build)
    end = time.monotonic() + arguments.seconds
    first = arguments.first if arguments.first is not None else int(time.time())
    seed = arguments.seed if arguments.seed is not None else first
    known = refused = programs = skipped = 0
    with tempfile.TemporaryDirectory(prefix='mort_programs_') as folder:
        while True:
            k, r, faults = one_round(seed, arguments, root, folder)
            known, refused, programs = known + k, refused + r, programs + 1
            skipped += faults is None
            if faults:
                kept = os.path.join(arguments.keep or arguments.build, f'analyzer-{seed}.cpp')
                os.replace(os.path.join(folder, 'program.cpp'), kept)
                print(f'seed {seed}: a fault; the program is {kept}')
                print('\n'.join(faults))
                return 1
            if arguments.seed is not None or time.monotonic() > end:
                break
            seed += 1
    print(f'{programs} programs, {known} tasks known and right, {refused} refused, {skipped} programs that cannot run (seeds {first} to {seed})')
    if known < refused / 4 and programs > 2:
        print('so much is refused that nothing is tested')
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
