# shellcheck shell=bash disable=SC2154,SC2034  # variables of the scripts that source this
# Sourced by run: what the console says, and the status that follows from it.

# A line of the console that makes a run fail
alarm='WARNING:|BUG:|kernel BUG at|Oops|Kernel panic|general protection fault|KASAN:|KCSAN:|UBSAN:|INFO: task .* blocked for more|INFO: rcu|INFO: possible |INFO: suspicious |possible (circular|recursive) locking|detected stalls|soft lockup|hard LOCKUP|refcount_t:|list_(add|del) corruption|DEBUG_LOCKS_WARN_ON|kmemleak: .* new suspected'

# Leaves in $work/since what the console says from the script's begin on, or all of it if there was none. A kernel that is
# starting complains if the machine has no time for it (of the scheduler's deadlines, in 7), and the script can have no part in
# that. Nor has the module in data races of others, of which the kernel has many.
since_script() {
	awk '
		NR == FNR { if (/vm: the script begins/) begin = FNR; next }
		FNR > begin && (!/BUG: KCSAN:/ || /\[dm_quorum\]/)' "$work/console.log" "$work/console.log" > "$work/since"
}

# The first alarm and what follows it, up to the end of that report; or else the console's last lines
print_report() {
	[ ! -s "$work/qemu.err" ] || cat "$work/qemu.err" >&2
	if grep -qaE "$alarm" "$work/since"; then
		awk -v alarm="$alarm" '
			{ sub(/\r$/, "") }
			!found && $0 !~ alarm { before[NR] = $0; delete before[NR - 3]; next }
			!found { found = 1; for (i = NR - 3; i < NR; i++) if (i in before) print before[i] }
			++n <= 60 { print }
			/end trace|end Kernel panic/ { exit }' "$work/since" >&2
	else
		tail -n 30 "$work/console.log" | tr -d '\r' >&2
	fi
}

# Of a hang, what is asked first: who waits for what, and where the processors are
print_hang() {
	awk '
		{ sub(/\r$/, ""); line = $0; sub(/^\[ *[0-9.]+\] ?/, "", line) }
		line ~ /^Sched Debug Version|^Showing all locks/ { show = 0 }
		line ~ /^task:/ { show = line ~ /state:D/ }
		line ~ /NMI backtrace for|Kernel panic/ { show = 1 }
		show && n++ < 150' "$work/console.log" >&2
}

# Nothing of the script has run
died_early() {
	[ -z "$timed_out" ] && [ ! -s "$work/status" ] && [ ! -s "$work/qemu.err" ] &&
		! grep -qa 'vm: the script begins' "$work/console.log"
}

finish() {
	local status
	status=$(tr -dc 0-9 2> /dev/null < "$work/status" || :)
	if [ -n "$timed_out" ]; then
		say "timed out after $timeout s; blocked tasks and backtraces:"
		print_hang
		exit 124
	fi
	since_script
	if [ -z "$status" ]; then
		say 'the guest died'
		print_report
		exit 125
	fi
	if grep -qaE "$alarm" "$work/since"; then
		say "the kernel complained (the script's own status was $status)"
		print_report
		exit 123
	fi
	exit "$status"
}
