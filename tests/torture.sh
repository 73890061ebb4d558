# shellcheck shell=bash disable=SC2154,SC2034  # variables of lib.sh
# Sourced after lib.sh and verified-load.sh: one fault after the other on the device q, of three of the four legs that there are,
# under a load that verifies what it reads. SEED (1) decides with which options, where, and which once each has had its turn.
modprobe dm-delay
seed=${SEED:-1}
RANDOM=$seed
order=(0 1 2) spare=3
step=0

# every second one has a log
set_table() {
	local log=()
	[ $((tables++ % 2)) = 1 ] || log=(log disk 2 /dev/mapper/leg4 128)
	quorum_reload q 2 "/dev/mapper/leg${order[0]}" "/dev/mapper/leg${order[1]}" "/dev/mapper/leg${order[2]}" -- "${options[@]}" "${log[@]}" "$@"
}
tables=0
# choose_options NUMBER
choose_options() {
	case $(($1 % 3)) in
	0) options=(rewrite_corrupted) ;;
	1) options=(rewrite_corrupted read_pattern fast write_ack threshold) ;;
	2) options=(zero_copy_writes max_leg_errors 1000000) ;;
	esac
}
choose_options "$seed"
health() { dmsetup status q | awk '{ print $6 }'; }
in_sync() { [ "$(health)" = AAA ] && is_idle q; }
# at most so many reads are done by the load meanwhile
pause() { works $((20 + RANDOM % 200)); }
# walk MESSAGE: and wait until it is done
walk() { message q "$1" && wait_idle q; }
recovered() { walk resync && poll in_sync; }
# blamed: mismatches of each leg
blamed() { dmsetup status q | awk '{ print $16, $21, $26 }'; }
# nobody_else LEG: no other leg than this has lost a vote. LEG may be none
nobody_else() {
	local counts leg
	read -ra counts <<< "$(blamed)"
	for leg in 0 1 2; do [ "$leg" = "$1" ] || [ "${counts[leg]}" = 0 ] || return 1; done
}

# all_decided: each vote has had a winner
all_decided() { [ "$(dmsetup status q | awk '{ print $10 }')" = 0 ]; }

corrupt() {
	local leg=$1 i
	for ((i = 0; i < 1 + RANDOM % 20; i++)); do
		write_at "$work/disk${order[leg]}" $((RANDOM % 16300)) $((1 + RANDOM % 60)) $((1 + RANDOM % 250))
		[ $((RANDOM % 4)) -gt 0 ] || pause
	done
	pause
	walk repair || return
	if ! nobody_else "$leg" || ! all_decided; then
		dmsetup status q
		return 1
	fi
	message q reset_counters
	walk check
}
read_errors() {
	fail_sectors "${order[$1]}" $((RANDOM % 8000)) $((8000 + RANDOM % 8000))
	pause
	heal "${order[$1]}"
	recovered
}
write_errors() {
	fail_writes "${order[$1]}"
	pause
	heal "${order[$1]}"
	recovered
}
dead() {
	dm_reload "leg${order[$1]}" "0 $size error"
	pause
	heal "${order[$1]}"
	recovered
}
slow() {
	dm_reload "leg${order[$1]}" "0 $size delay ${disks[order[$1]]} 0 $((RANDOM % 20)) ${disks[order[$1]]} 0 $((RANDOM % 20))"
	works 20
	heal "${order[$1]}"
}
fail_and_restore() {
	message q fail "$1"
	pause
	# as soon as it has given back all that it had
	poll message q restore "$1"
	pause
	poll in_sync
}
replace() {
	local old=${order[$1]}
	order[$1]=$spare
	spare=$old
	write_at "$work/disk${order[$1]}" 0 16384 $((1 + RANDOM % 250))
	set_table rebuild "$1"
	pause
	poll in_sync
}
suspended() {
	local how
	for how in --nolockfs --noflush; do
		dm suspend "$how" q
		dm resume q
	done
	pause
}
interrupted_check() {
	message q check
	pause
	message q idle || message q frozen
	message q check || :
	wait_idle q
}
other_options() {
	choose_options "$RANDOM"
	set_table
	pause
}
faults=(corrupt write_errors replace fail_and_restore dead read_errors interrupted_check suspended slow other_options)

# begin_torture: makes the device, with a log, and starts the load
begin_torture() {
	write_at "$work/disk4" 0 "$size" 0
	quorum_create q 2 "/dev/mapper/leg${order[0]}" "/dev/mapper/leg${order[1]}" "/dev/mapper/leg${order[2]}" -- \
		"${options[@]}" log disk 2 /dev/mapper/leg4 128
	wait_idle q
	write_at /dev/mapper/q 0 "$size" 0
	start_load 4
	ok 'the load has begun' works
	is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'nothing is counted before'
}

# torture: one fault, and what is seen of it
torture() {
	local fault leg
	step=$((step + 1))
	fault=${faults[step <= ${#faults[@]} ? step - 1 : RANDOM % ${#faults[@]}]}
	leg=$((RANDOM % 3))
	message q reset_counters
	ok "seed $seed, step $step: $fault, leg $leg" "$fault" "$leg"
	nobody_else none || is "$(blamed)" '0 0 0' 'nobody is blamed'
	[ "$(health)" = AAA ] || is "$(health)" AAA 'all legs are in sync again'
	ok 'each vote has had a winner' all_decided
	# each step has others, which are in memory
	rm -f "$work"/pattern-*
	kill -0 "$load"
}

end_torture() {
	ok 'the load was fine to the end' load_was_fine
	walk repair
	message q reset_counters
	walk check
	is "$(status q mismatches) $(status q no_quorum)" '0 0' 'a check finds nothing'
	for leg in 1 2; do ok "leg $leg is identical to leg 0" cmp "$work/disk${order[0]}" "$work/disk${order[leg]}"; done
}

loop_legs 5 16384 # the last is the log
wrap_legs
