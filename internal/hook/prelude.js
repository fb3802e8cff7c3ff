// What a hook finds when it begins, and what it must not find. It runs in each new
// runtime, before the hook, and answers what the host needs.
(function (maxMembers, maxText, maxDepth, host) {
	'use strict';

	const {apply, ownKeys, getPrototypeOf, defineProperty, construct} = Reflect;
	const define = (owner, name, value) => defineProperty(owner, name, {value, writable: true, configurable: true});
	const refuse = (text) => function () { throw new Error(text); };
	const atMost = (n, limit) => { if (n > limit) throw new RangeError('the hook makes more than ' + limit + ' characters or members at once'); };

	// guard runs a check before a method of the language.
	const guard = (owner, name, check) => {
		const original = owner[name];
		define(owner, name, function (...args) {
			check(this, args);
			return apply(original, this, args);
		});
	};

	// Text that grows in one step.
	const length = (text) => String(text).length;
	guard(String.prototype, 'repeat', (text, [times]) => atMost(length(text) * times, maxText));
	guard(String.prototype, 'padStart', (_, [width]) => atMost(width, maxText));
	guard(String.prototype, 'padEnd', (_, [width]) => atMost(width, maxText));
	for (const name of ['replace', 'replaceAll']) {
		guard(String.prototype, name, (text, [, by]) => {
			if (typeof by === 'string') atMost((length(text) + 1) * by.length, maxText);
		});
	}

	// Methods that walk over an array, however long it says it is, and into those in it.
	let depth = 0;
	const guardWalk = (owner, name) => {
		const original = owner[name];
		define(owner, name, function (...args) {
			if (this !== undefined && this !== null) atMost(this.length, maxMembers);
			if (depth >= maxDepth) throw new RangeError('the hook nests arrays too deeply');
			depth++;
			try {
				return apply(original, this, args);
			} finally {
				depth--;
			}
		});
	};
	guard(Array.prototype, 'join', (list, [separator]) => {
		let sum = list.length * (separator === undefined ? 1 : length(separator));
		for (let i = 0; i < list.length; i++) {
			if (typeof list[i] === 'string') sum += list[i].length;
		}
		atMost(sum, maxText);
	});
	for (const name of ownKeys(Array.prototype)) {
		if (name !== 'constructor' && typeof Array.prototype[name] === 'function') guardWalk(Array.prototype, name);
	}
	const arguing = (at) => (_, args) => { if (args[at] !== undefined && args[at] !== null) atMost(args[at].length, maxMembers); };
	guard(Array, 'from', arguing(0));
	guard(Function.prototype, 'apply', arguing(1));
	guard(Reflect, 'apply', arguing(2));
	guard(Reflect, 'construct', arguing(1));

	// JSON.stringify, which recurses in the host, with an eye on how deep it is.
	const stringify = JSON.stringify;
	const chosen = (replacer) => {
		if (typeof replacer === 'function') return replacer;
		if (!Array.isArray(replacer)) return (_, value) => value;
		const names = new Set(replacer.map(String));
		return function (name, value) { return name === '' || Array.isArray(this) || names.has(name) ? value : undefined; };
	};
	const guarded = (value, replacer, space) => {
		const choose = chosen(replacer);
		const within = [];
		return stringify(value, function (name, member) {
			while (within.length > 0 && within[within.length - 1] !== this) within.length--;
			const kept = apply(choose, this, [name, member]);
			if (typeof kept === 'object' && kept !== null) {
				if (within.length >= maxDepth) throw new RangeError('the hook nests values too deeply');
				within[within.length] = kept;
			}
			return kept;
		}, space);
	};
	define(JSON, 'stringify', guarded);

	// What compiles text, and what takes memory by number.
	const noCode = refuse('eval and Function are not available in hooks');
	for (const f of [function () {}, function* () {}, async function () {}]) define(getPrototypeOf(f), 'constructor', noCode);
	noCode.prototype = getPrototypeOf(noCode);
	define(globalThis, 'Function', noCode);
	define(globalThis, 'eval', noCode);
	for (const name of ['ArrayBuffer', 'SharedArrayBuffer', 'DataView', 'Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array',
		'Uint16Array', 'Int32Array', 'Uint32Array', 'Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array']) {
		delete globalThis[name];
	}
	define(globalThis, 'require', refuse('require is not available in hooks; what CE offers is there without it'));
	for (const name of ['setTimeout', 'setInterval', 'setImmediate']) {
		define(globalThis, name, refuse(name + ' is not available in hooks; a hook runs to its end at once'));
	}

	// The platform's helpers.
	const hash = (algorithm, encoding) => (secret, text) => host.hmac(String(algorithm), String(encoding), String(secret), String(text));
	const CE = {
		b64: (text) => host.encode64(String(text)),
		decode64: (text) => host.decode64(String(text)),
		md5: (text) => host.md5(String(text)),
		hmac: (algorithm) => (encoding) => hash(algorithm, encoding),
		randomString: () => host.random(),
		randomEmail: () => host.random() + '@' + host.random() + '.com',
	};
	for (const algorithm of ['Sha1', 'Sha256', 'Md5']) {
		for (const encoding of ['Hex', 'Base64', 'base64']) CE['hmac' + algorithm + encoding] = hash(algorithm, encoding);
	}
	define(globalThis, 'CE', CE);
	define(globalThis, 'getArray', (...members) => members); // of legacy hooks

	const shown = (value) => {
		if (typeof value !== 'object' || value === null) return String(value);
		try {
			return guarded(value);
		} catch (problem) {
			return String(problem);
		}
	};
	const log = (...values) => host.log(values.map(shown).join(' '));
	define(globalThis, 'console', {log, info: log, warn: log, error: log, debug: log, trace: log});

	let called = false;
	let result;
	return {
		// done takes the result of the hook: the first one counts.
		done(value) {
			if (called) return;
			called = true;
			result = guarded(value);
		},
		// end takes what the hook returned, and answers the result.
		end(returned) {
			if (!called && returned !== undefined && typeof (returned || {}).then !== 'function') result = guarded(returned);
			return result;
		},
		// anyCase answers an object whose members are found however their case is spelt.
		anyCase(members) {
			const real = new Map();
			for (const name of Object.keys(members)) real.set(name.toLowerCase(), name);
			const find = (target, name) => typeof name !== 'string' || name in target ? name : real.get(name.toLowerCase());
			return new Proxy(members, {
				get: (target, name) => target[find(target, name)],
				has: (target, name) => find(target, name) in target,
			});
		},
	};
})
