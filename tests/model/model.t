#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# takes 180 s
#
# Promises P1 to P5, on paper: the protocols of the range lock (range.pml), of confirmation (confirm.pml) and of the
# dirty-region log (log.pml) are searched exhaustively by spin, within the bounds that the tables below give. A search
# also has to come to the states that it is there for. Each mutant takes one step of a protocol away, and the property it
# is said to break has to fail: a model that cannot fail shows nothing.
# Runs on the host, on one core, in about 180 s and 0.3 GB of memory.
#
# model.t [PATTERN]: only the rows in which the extended regular expression is found

here=$(dirname "$(readlink -f "$0")")
only=${1:-}

bail_out() {
	echo "Bail out! $1"
	exit 1
}

need() {
	command -v "$1" > /dev/null || bail_out "$1 is missing: install Debian's package $2"
}

need spin spin
need gcc gcc

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit

tests=0

# result OK NAME: one line of TAP, with what spin said if it went wrong
result() {
	tests=$((tests + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tests - $2"
	else
		echo "not ok $tests - $2"
		grep -v '^	' said | head -n 60 | sed 's/^/# /'
	fi
}

# search MODEL COMPILER_OPTIONS RUN_OPTIONS MACRO...: what spin finds is in the file "said". Most searches are so short
# that optimising them would take longer.
search() {
	local model=$1 compile=$2 run=$3 macros=() macro
	shift 3
	for macro; do macros+=("-D$macro"); done
	rm -f pan pan.*
	# the word lists are split on purpose
	# shellcheck disable=SC2086
	{
		spin "${macros[@]}" -a "$here/$model.pml" &&
		gcc -w -DMEMLIM=1000 $compile -o pan pan.c &&
		nice -n 5 timeout 3600 ./pan -m100000 $run
	} > said 2>&1
}

# The search was complete, and nothing was found.
nothing_found() {
	grep -q '^Full statespace search' said && grep -q 'errors: 0$' said && grep -q '^unreached in init' said &&
	! grep -qiE 'search not completed|search depth too small|out of memory|MEMLIM|VECTORSZ|timeout' said
}

nr_states() { sed -n 's/^ *\([0-9]*\) states, stored.*/\1/p' said; }

# found WHAT: an assertion's name, "deadlock" or "starvation"
found() {
	case $1 in
	deadlock) grep -q '^pan:1: invalid end state' said ;;
	starvation) grep -q '^pan:1: acceptance cycle' said ;;
	*) grep -q "^pan:1: assertion violated $1 " said ;;
	esac
}

# holds MODEL BOUNDS NAME [STATES]: the states are those of SEEN() that have to come up
holds() {
	local macros states state missing=()
	read -ra macros <<< "$2"
	read -ra states <<< "${4:-}"
	if [[ $2 == *CYCLIC* ]]; then
		search "$1" '-O1 -DNOREDUCE' '-w22 -a -f' "${macros[@]}"
	elif [ "$1" != confirm ]; then
		search "$1" '-O1 -DSAFETY' -w22 "${macros[@]}"
	else
		search "$1" '-O0 -DSAFETY' -w22 "${macros[@]}"
	fi
	nothing_found
	result $? "$1 holds: $3 ($2; $(nr_states) states)"
	[ ${#states[@]} -gt 0 ] || return 0
	for state in "${states[@]}"; do
		grep -qx "seen: $state" said || missing+=("$state")
	done
	[ ${#missing[@]} -eq 0 ]
	result $? "$1 comes to: ${states[*]}${missing[*]:+; but not to: ${missing[*]}}"
}

# breaks MODEL BOUNDS PROPERTY: only the property counts, whatever else may break first
breaks() {
	local macros options
	read -ra macros <<< "$2"
	case $3 in
	deadlock) options=-A ;;
	*) options=-E macros+=("ONLY=$3") ;;
	esac
	if [ "$3" = starvation ]; then
		search "$1" -DNOREDUCE '-w20 -a -f -A -E' "${macros[@]}"
	else
		search "$1" -DSAFETY "-w20 $options" "${macros[@]}"
	fi
	found "$3"
}

# caught MODEL BOUNDS MUTANT PROPERTY
caught() {
	breaks "$1" "$2 $3" "$4"
	result $? "$1: ${3#M_} is caught by $4${2:+ ($2)}"
}

# refuted MODEL BOUNDS PROPERTY NAME: what one might think and the model's comment says is not so
refuted() {
	breaks "$1" "$2" "$3"
	result $? "$1 refutes: $4 ($3; $2)"
}

# rows FUNCTION MODEL: calls it for each row of a table; columns are separated by |, a \ goes on in the next line
rows() {
	local line more columns i
	while read -r line; do
		while [[ $line == *\\ ]]; do
			read -r more
			line=${line%\\}$more
		done
		[[ $line =~ $only ]] || continue
		IFS='|' read -ra columns <<< "$line"
		for i in "${!columns[@]}"; do read -r "columns[i]" <<< "${columns[i]}"; done
		"$@" "${columns[@]}"
	done
}

# Any 3 ranges, 4 in a smaller device, 3 over three buckets, and 3 that come again for ever. A range of several chunks
# has a node in several buckets.
rows holds range << 'END'
	REQUESTS=3 SECTORS=6 CHUNK=2 BUCKETS=2 | any three ranges over three chunks in two buckets | \
		two_held_in_one_bucket held_while_another_waits waits_for_two waits_in_a_second_bucket \
		granted_by_another placed_by_another
	REQUESTS=3 SECTORS=5 CHUNK=1 BUCKETS=3 | any three ranges over five chunks in three buckets | \
		buckets_past_the_highest waits_in_a_second_bucket placed_by_another
	REQUESTS=4 SECTORS=3 CHUNK=1 BUCKETS=2 | any four ranges over three chunks in two buckets | \
		waits_for_two waits_in_a_second_bucket
	CYCLIC REQUESTS=3 SECTORS=4 CHUNK=1 BUCKETS=2 | every range is granted, however often others come | \
		waits_in_a_second_bucket held_while_another_waits
	OVERTAKING BUCKETS=1 | a narrow range is overtaken by nothing that overlaps it | \
		held_while_another_waits waits_for_two
END

rows caught range << 'END'
	| M_NO_LOCK | exclusive
	| M_TOUCHING_PASS | exclusive
	| M_NEIGHBOURS_WAIT | neighbours_pass
	| M_BARGE | in_order
	OVERTAKING BUCKETS=1 | M_BARGE | never_overtaken
	| M_NO_BUCKET_LOCK | exclusive
	BUCKETS=1 | M_COUNT_THEN_LOOK | granted_once
	| M_ONE_NODE_SHORT | exclusive
	| M_GRANTED_TOO_EARLY | exclusive
	| M_PLACES_ALL | placed_by_one
	| M_NOT_CONTINUED | deadlock
	CYCLIC SECTORS=4 CHUNK=1 | M_NOT_CONTINUED | starvation
	| M_ONE_NOT_TOLD | deadlock
	| M_FIRST_BUCKET_ONLY | tree_is_empty
	| M_DESCENDING | deadlock
	| M_NO_WRAP | deadlock
END

rows refuted range << 'END'
	BUCKETS=2 OVERTAKING | never_overtaken | a wide range is overtaken by nothing that overlaps it
END

rows holds confirm << 'END'
	WRITERS=2 READERS=1 ANSWERED | two writes, a read, healthy legs | \
		confirmation_waits write_waits undecided_at_first served_before_confirmation only_a_race \
		older_than_a_write_since_acknowledged write_seen_before_it_is_acknowledged
	WRITERS=1 READERS=2 SCRIBBLES=1 ANSWERED | a caller that changes its buffer | \
		buffer_changed served_before_confirmation only_a_race
	WRITERS=2 READERS=1 WRITE_ERRORS=2 ANSWERED | legs that fail writes, in part or as a whole | \
		write_fails_as_a_whole settled_again excused_at_once excused_under_the_lock leg_becomes_stale \
		stale_leg_in_sync_again stale_when_asked stale_since_asked in_sync_since_asked
	WRITERS=1 READERS=2 CORRUPTIONS=1 ANSWERED | a leg that goes bad at any time, or drops a write | \
		blamed_under_the_lock known_at_once found_and_counted known_and_counted hint_forgotten \
		only_a_race
	WRITERS=0 READERS=3 CORRUPTIONS=1 ANSWERED | a leg that goes bad while three read | \
		known_at_once known_and_waits found_and_counted known_and_counted
	WRITERS=1 READERS=2 BEGIN_BAD ANSWERED | a leg that is bad, known or not | \
		found_and_counted known_and_counted known_and_waits hint_forgotten only_a_race
	WRITERS=1 READERS=2 SECTORS=2 OUTDATED ANSWERED | a leg that is known to be bad, and is not | \
		known_at_once known_and_waits found_right_and_forgotten hint_forgotten only_a_race
	WRITERS=1 READERS=1 CORRUPTIONS=1 WRITE_ERRORS=1 | a leg that is bad and one that is stale: no winner | \
		no_answer served_and_then_no_winner
	WRITERS=2 READERS=1 THRESHOLD=1 WRITE_ERRORS=2 FIRST_FAILS | two legs of three are stale, one is enough | \
		tie stale_when_asked in_sync_since_asked stale_leg_in_sync_again
	WRITERS=2 READERS=1 THRESHOLD=1 WRITE_ERRORS=2 FIRST_FAILS M_STALE_ASKED_ONCE | \
		the stale need not be asked for again when the vote is held | \
		stale_since_asked in_sync_since_asked stale_leg_in_sync_again
	WRITERS=2 READERS=1 LEGS=4 THRESHOLD=3 BEGIN_BAD ANSWERED | three of four must agree, one is bad | \
		undecided_at_first blamed_under_the_lock known_and_counted only_a_race
	WRITERS=1 READERS=2 SECTORS=2 BEGIN_BAD ANSWERED | a leg that is bad in one sector of two | \
		found_and_counted known_and_counted hint_forgotten only_a_race
	WRITERS=2 READERS=1 SECTORS=2 WRITE_ERRORS=2 FIRST_FAILS ANSWERED | writes to parts of a block fail | \
		written_in_part_and_still_stale written_in_part_and_still_unsettled write_fails_as_a_whole \
		stale_leg_in_sync_again
	WRITERS=1 READERS=1 SECTORS=2 BLOCKS=2 BEGIN_BAD=2 ANSWERED | a leg that is bad in two blocks | \
		found_and_counted known_and_counted
	WRITERS=1 READERS=2 SECTORS=2 BLOCKS=2 BEGIN_BAD ANSWERED | a leg that is bad in one block of two | \
		known_at_once blamed_under_the_lock only_a_race
	WRITERS=1 READERS=1 SECTORS=2 BLOCKS=2 BEGIN_BAD WRITE_ERRORS=2 | one bad block, one in doubt | \
		judged_in_first_pass excused_at_once excused_under_the_lock blamed_under_the_lock
	REPAIR WRITERS=2 READERS=1 BEGIN_BAD ANSWERED | two writes, a read that repairs what is bad | \
		repaired written_after_repair known_and_counted found_and_counted confirmation_waits only_a_race
	REPAIR WRITERS=1 READERS=2 BEGIN_BAD ANSWERED | a write, two that repair what is bad | \
		repaired written_after_repair served_before_confirmation known_and_waits only_a_race
	REPAIR WRITERS=1 READERS=1 CORRUPTIONS=1 ANSWERED | a leg that goes bad at any time, or drops a write, is repaired | \
		repaired written_after_repair served_before_confirmation
	REPAIR WRITERS=2 READERS=1 BEGIN_BAD WRITE_ERRORS=1 | a repair or a write fails | \
		repaired repair_fails leg_becomes_stale stale_when_asked stale_leg_in_sync_again written_after_repair
	REPAIR WRITERS=1 READERS=1 BEGIN_BAD WRITE_ERRORS=2 | nothing is repaired in an unsettled block | \
		repaired repair_fails write_fails_as_a_whole unsettled_and_not_repaired excused_under_the_lock \
		no_answer
	REPAIR WRITERS=1 READERS=2 SECTORS=2 BEGIN_BAD ANSWERED | a block of two is repaired in part | \
		repaired repaired_in_part found_right_and_forgotten hint_forgotten
	REPAIR WRITERS=1 READERS=2 SECTORS=2 BLOCKS=2 BEGIN_BAD=2 ANSWERED | two blocks are repaired | \
		repaired repaired_beside_a_write written_after_repair
	REPAIR WRITERS=2 READERS=1 LEGS=4 THRESHOLD=3 BEGIN_BAD ANSWERED | one of four is repaired | \
		repaired written_after_repair undecided_at_first
	RECOVER WRITERS=2 READERS=1 WRITE_ERRORS=1 ANSWERED | a walk fills a stale leg | \
		filled leg_becomes_stale stale_leg_in_sync_again known_and_waits only_a_race
	RECOVER WRITERS=1 READERS=1 WRITE_ERRORS=2 | a walk, and a write that fails as a whole | \
		filled fill_fails write_fails_as_a_whole unsettled_and_not_repaired
	RECOVER RESTORE WRITERS=2 READERS=1 ANSWERED | two writes and a walk, while a leg is away | \
		filled failed_leg_not_asked failed_leg_misses_a_write restored_while_noted restored_and_stale \
		restored_and_in_sync stale_leg_in_sync_again
	RECOVER RESTORE WRITERS=1 READERS=1 M_ONE_LOOK | \
		who is restored while what it misses is noted need not be written | \
		filled failed_leg_misses_a_write restored_and_stale
	RECOVER RESTORE WRITERS=1 READERS=1 BEGIN_BAD | one leg is away, another is bad | \
		filled repaired failed_leg_misses_a_write restored_and_stale no_answer
	RECOVER RESTORE WRITERS=1 READERS=1 WRITE_ERRORS=1 | one leg is away, another fails a write | \
		filled fill_fails write_fails_as_a_whole taken_back restored_and_in_sync
	RECOVER RESTORE WRITERS=2 READERS=1 WRITE_ERRORS=1 FIRST_FAILS | one leg is away, another fails one write of two | \
		write_fails_as_a_whole taken_back not_taken_back filled restored_and_stale
	RESTORE WRITERS=2 READERS=0 WRITE_ERRORS=1 SECTORS=2 | the same, of parts of a block | \
		write_fails_as_a_whole taken_back not_taken_back failed_leg_misses_a_write
	RECOVER RESTORE WRITERS=1 READERS=1 WRITE_ERRORS=1 SECTORS=2 | one leg is away, another fails a part of a block | \
		filled_where_unsettled write_fails_as_a_whole not_taken_back restored_and_stale
	RECOVER RESTORE WRITERS=1 READERS=1 SECTORS=2 | a leg that is away misses a part of a block | \
		filled failed_leg_misses_a_write restored_and_stale
	RECOVER RESTORE WRITERS=1 READERS=1 SECTORS=2 BLOCKS=2 | a leg that is away misses one block of two | \
		filled failed_leg_misses_a_write restored_and_stale stale_leg_in_sync_again
END

rows caught confirm << 'END'
	READERS=0 | M_UNLOCKED_WRITES | legs_identical
	| M_UNLOCKED_CONFIRMATION | healthy_not_blamed
	| M_NO_CONFIRMATION | healthy_not_blamed
	SCRIBBLES=1 WRITERS=1 WRITE_ERRORS=2 ANSWERED | M_CALLERS_PAGES_VOTED | read_is_answered
	| M_FIRST_VOTE_COUNTS | healthy_not_blamed
	WRITE_ERRORS=1 | M_STALE_VOTE | healthy_not_blamed
	THRESHOLD=1 WRITE_ERRORS=2 FIRST_FAILS | M_STALE_VOTE | write_not_undone
	THRESHOLD=1 WRITE_ERRORS=2 FIRST_FAILS | M_STALE_ASKED_LATE | write_not_undone
	READERS=0 WRITE_ERRORS=1 | M_NOT_STALE | legs_identical
	WRITE_ERRORS=1 | M_NOT_STALE | healthy_not_blamed
	THRESHOLD=1 WRITE_ERRORS=2 FIRST_FAILS WRITERS=1 | M_ACK_FIRST | write_not_undone
	WRITE_ERRORS=1 | M_UNLOCK_FIRST | healthy_not_blamed
	WRITE_ERRORS=2 | M_FAILURE_FORGOTTEN | healthy_not_blamed
	WRITE_ERRORS=2 ANSWERED | M_FAILURE_MAKES_STALE | read_is_answered
	WRITE_ERRORS=2 | M_UNSETTLED_ASKED_TWICE | healthy_not_blamed
	SECTORS=2 READERS=0 WRITE_ERRORS=1 | M_PART_CLEARS | legs_identical
	SECTORS=2 BLOCKS=2 WRITERS=1 BEGIN_BAD WRITE_ERRORS=2 | M_COUNTED_TWICE | race_counted_once
	BEGIN_BAD WRITERS=1 | M_NEVER_COUNTED | bad_counted_once
	READERS=2 WRITERS=1 SECTORS=2 BEGIN_BAD | M_HINT_IGNORED M_HINT_JUDGES | damage_is_exact
	READERS=2 WRITERS=1 SECTORS=2 BEGIN_BAD | M_HINT_JUDGES | damage_is_exact
	BEGIN_BAD WRITERS=1 | M_HINT_UNLOCKED | healthy_not_blamed
	BEGIN_BAD WRITERS=1 | M_HINT_IGNORED | known_read_once
	READERS=2 WRITERS=0 BEGIN_BAD | M_NOT_REMEMBERED | known_read_once
	READERS=2 WRITERS=0 BEGIN_BAD SECTORS=2 | M_PART_FORGIVES | known_read_once
	READERS=3 WRITERS=0 CORRUPTIONS=1 | M_FIRST_PASS_FORGIVES | known_read_once
	WRITERS=0 OUTDATED | M_NEVER_FORGIVEN | known_is_bad
	READERS=0 WRITERS=1 BEGIN_BAD | M_HINT_STAYS | known_is_bad
	READERS=0 WRITERS=1 SECTORS=2 FIRST_WRITES=1 BEGIN_BAD | M_PART_KEEPS_HINT | known_is_bad
	LEGS=4 | M_TIE_GUESSED | majority_returned
	LEGS=4 THRESHOLD=3 WRITERS=1 BEGIN_BAD | M_THRESHOLD_LESS_ONE | majority_returned
	READERS=0 | M_UNLOCKED_WRITES | voter_not_behind
	READERS=0 WRITE_ERRORS=1 | M_NOT_STALE | voter_not_behind
	REPAIR BEGIN_BAD | M_REPAIR_UNLOCKED | voter_not_behind
	REPAIR BEGIN_BAD | M_REPAIR_UNLOCKED | legs_identical
	REPAIR BEGIN_BAD | M_UNLOCKED_CONFIRMATION | voter_not_behind
	REPAIR WRITERS=1 | M_NO_CONFIRMATION | healthy_not_rewritten
	REPAIR WRITE_ERRORS=2 | M_REPAIR_UNSETTLED | healthy_not_rewritten
	REPAIR WRITERS=1 BEGIN_BAD | M_NOT_REPAIRED | found_is_right
	REPAIR WRITERS=0 BEGIN_BAD | M_REPAIR_KEEPS_HINT | known_is_bad
	RECOVER RESTORE WRITERS=1 | M_IN_SYNC_FIRST | voter_not_behind
	RECOVER RESTORE WRITERS=1 | M_MISSED_NOT_NOTED | voter_not_behind
	RECOVER RESTORE WRITERS=1 | M_MISSED_NOT_NOTED | healthy_not_blamed
	RECOVER RESTORE WRITERS=1 | M_MISSED_NOTED_LATE | healthy_not_blamed
	RESTORE READERS=0 WRITE_ERRORS=1 | M_LACKED_FORGOTTEN | voter_not_behind
	RESTORE READERS=0 WRITE_ERRORS=1 SECTORS=2 | M_PART_TAKEN_BACK | voter_not_behind
END

# M_... are steps that are left out, and not missed.
rows holds log << 'END'
	WRITES=2 READS=2 POWER FLUSHES=1 LAZY_LOG ANSWERED | a crash while two write | \
		crash_while_writing crash_while_clean clearing_lost cleaned chosen read_settles unsettled_but_agreed
	WRITES=2 READS=1 SLOW_WRITES READS_FROM=0 CRASHES=2 ANSWERED | a second crash, during recovery | \
		second_crash crash_while_settling chosen read_settles
	WRITES=2 READS=1 POWER FLUSHES=1 WRITE_ERRORS=1 WRITES_TO=0 OLD_ONLY | a leg that misses a write | \
		ack_waits_for_mark marked_after_crash filled mark_cleared mark_is_still_needed settled_version_not_taken
	WRITES=1 READS=1 POWER FLUSHES=1 LEG_FAILURES=1 | a leg of three that fails and comes back | \
		marked_to_clean marked_for_a_flush flushed_by_some agreed_without_a_leg settled_without_a_leg
	WRITES=2 READS=1 POWER FLUSHES=1 LEG_FAILURES=1 WRITES_TO=0 LEGS=2 THRESHOLD=1 | a leg of two that fails | \
		marked_to_clean marked_for_a_flush flushed_by_some agreed_without_a_leg settled_without_a_leg chosen
	WRITES=1 READS=2 LEG_FAILURES=1 LEGS=2 THRESHOLD=1 CRASHES=2 | a leg of two that fails, and two crashes | \
		second_crash crash_while_settling settled_without_a_leg chosen
	WRITES=1 READS=2 SLOW_READS LEG_FAILURES=1 WRITES_TO=0 | a leg that fails while two read | \
		agreed_without_a_leg settled_without_a_leg read_settles chosen
	WRITES=1 READS=1 POWER FLUSHES=1 FLUSH_ERRORS=2 LAZY_LOG | legs that fail flushes | \
		flush_fails_nothing_cleaned flushed_by_some marked_for_a_flush clearing_lost
	WRITES=2 READS=0 BLOCKS=2 WRITE_ERRORS=2 OLD_ONLY WRITES_TO=0 CRASHES=2 | two legs would miss different blocks | \
		write_refused group_commit stale_and_marked second_crash
	WRITES=2 READS=1 BLOCKS=2 LEGS=2 THRESHOLD=1 WRITE_ERRORS=2 OLD_ONLY WRITES_TO=0 | \
		two legs of two would miss different blocks | write_refused group_commit write_fails_as_a_whole
	WRITES=2 READS=0 WRITE_ERRORS=2 M_NOT_USED M_UNSETTLED_LOOKED_AT_LAST | \
		one look at a region is enough if the unsettled come last | cleaned write_fails_as_a_whole
	WRITES=1 READS=1 POWER FLUSHES=1 WRITE_ERRORS=1 M_WITHOUT_FUA | \
		what is filled or settled need not be on stable storage | filled mark_cleared chosen
	WRITES=2 READS=0 POWER FLUSHES=1 FLUSH_ERRORS=1 WRITE_ERRORS=1 OLD_ONLY WRITES_TO=0 M_FLUSH_STALE_LATE | \
		who was stale when a flush was sent could count, as it is marked | flush_refused
	WRITES=1 READS=2 SLOW_READS LEG_FAILURES=1 LEGS=2 THRESHOLD=1 M_STALE_ASKED_ONCE | \
		the stale need not be asked for again | agreed_without_a_leg read_settles
END

rows caught log << 'END'
	| M_MARK_AFTER_WRITE | clean_is_identical
	| M_CLEANED_IN_FLIGHT | clean_is_identical
	POWER | M_CLEANED_WITHOUT_FLUSH | clean_is_identical
	WRITES=2 READS=0 POWER FLUSHES=1 WRITE_ERRORS=1 WRITES_TO=0 | M_CLEANED_WITHOUT_FLUSH | voter_not_behind
	POWER LEG_FAILURES=1 | M_UNFLUSHED_CLEANED | clean_is_identical
	WRITE_ERRORS=2 | M_UNSETTLED_CLEANED | clean_is_identical
	WRITES=2 READS=0 WRITE_ERRORS=2 | M_NOT_USED | clean_is_identical
	WRITE_ERRORS=1 | M_LEAVES_BEFORE_STALE_MARK | clean_is_identical
	WRITE_ERRORS=1 | M_ACK_BEFORE_STALE_MARK | voter_not_behind
	WRITE_ERRORS=1 LEGS=2 THRESHOLD=1 | M_ACK_BEFORE_STALE_MARK | write_not_undone
	WRITE_ERRORS=1 | M_MARKED_IN_MEMORY_FIRST | voter_not_behind
	WRITE_ERRORS=1 LEGS=2 THRESHOLD=1 | M_STALE_VOTES_AFTER_CRASH | write_not_undone
	WRITES=2 READS=0 WRITE_ERRORS=2 | M_NO_LOOK_AGAIN | voter_not_behind
	WRITES=2 READS=0 POWER WRITE_ERRORS=1 LEG_FAILURES=1 WRITES_TO=0 LEGS=2 THRESHOLD=1 | \
		M_MARK_OF_UNFLUSHED_CLEARED | clean_is_identical
	POWER FLUSHES=1 LEG_FAILURES=1 | M_FLUSH_OWES_NOTHING | voter_not_behind
	POWER FLUSHES=1 LEG_FAILURES=1 LEGS=2 THRESHOLD=1 | M_FLUSH_OWES_NOTHING | write_not_undone
	POWER FLUSHES=1 FLUSH_ERRORS=1 LEGS=2 THRESHOLD=1 | M_FLUSH_OWES_NOTHING | write_not_undone
	WRITES=2 | M_NO_RANGE_LOCK | legs_identical
	WRITES=2 | M_NO_RANGE_LOCK | healthy_not_blamed
	| M_CHOOSES_FOR_EACH | legs_identical
	LEGS=2 | M_CHOICE_NOT_WRITTEN | majority_returned
	LEGS=2 ANSWERED | M_NEVER_CHOOSES | read_is_answered
	WRITE_ERRORS=1 | M_MARK_NOT_ASKED_FOR | waits_for_something
	LEG_FAILURES=1 CRASHES=2 | M_ANSWERS_BEFORE_SETTLED | read_keeps_to_it
	LEG_FAILURES=1 | M_MAJORITY_ANSWERS | read_keeps_to_it
	READS=2 LEG_FAILURES=1 LEGS=2 THRESHOLD=1 | M_SOME_AGREE | read_keeps_to_it
	LEG_FAILURES=1 | M_AWAY_NOT_NOTED | legs_identical
	WRITE_ERRORS=1 | M_NOT_TAKEN_STILL_VOTES | legs_identical
	WRITE_ERRORS=1 CRASHES=2 | M_SETTLED_BEFORE_MARK | clean_is_identical
	WRITE_ERRORS=1 LEG_FAILURES=1 | M_OTHERS_MARKS_NOT_WAITED_FOR | clean_is_identical
	READS=2 SLOW_READS LEG_FAILURES=1 LEGS=2 THRESHOLD=1 | M_UNSETTLED_ASKED_LATE | read_keeps_to_it
	WRITES=2 READS=0 BLOCKS=2 WRITE_ERRORS=2 | M_NOT_REFUSED | enough_voters
	WRITES=2 READS=0 BLOCKS=2 WRITE_ERRORS=2 LEGS=2 THRESHOLD=1 | M_NOT_REFUSED | enough_voters
END

echo "1..$tests"
