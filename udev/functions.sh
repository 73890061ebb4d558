# shellcheck shell=bash disable=SC2034 # what it sets is for those who source it
# SPDX-License-Identifier: GPL-2.0
# Sourced by the programs that handle the events of dm-quorum devices.

# udev gives no PATH
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH

# detach SECONDS COMMAND...: runs it after so long, and does not wait for it. Outside of udev, or of the unit that calls:
# both kill what stays behind. systemd expands $ in the words: let there be none.
# It waits until the system is up, but does not want it to be: that would end an emergency shell.
detach() {
	local seconds=$1 order=() later=() property
	shift
	if [ -d /run/systemd/system ]; then
		for property in DefaultDependencies=no Conflicts=shutdown.target Before=shutdown.target After=basic.target; do
			order+=("--property=$property")
			[ "$seconds" -eq 0 ] || later+=("--timer-property=$property")
		done
		[ "$seconds" -eq 0 ] || later+=("--on-active=$seconds" --timer-property=AccuracySec=1s)
		systemd-run --quiet --no-block --collect "${order[@]}" "${later[@]}" "$@" && return
		# without systemd's help it may be killed before it is done, but it may also not be
	fi
	# shellcheck disable=SC2016 # for that shell
	setsid --fork env -i "PATH=$PATH" bash -c 'sleep "$1"; shift; exec "$@"' dm-quorum-later "$seconds" "$@" \
		< /dev/null > /dev/null 2>&1
}

# say PRIORITY TEXT: one line in the system's log
say() { logger -t dm-quorum -p "daemon.$1" -- "${2//[[:cntrl:]]/?}"; }

# where_of: sets $where from the event
where_of() {
	where=
	[ -n "${DM_QUORUM_SECTOR-}" ] || return 0
	where=" at sector $DM_QUORUM_SECTOR"
	if [ "${DM_QUORUM_NR_SECTORS:-1}" != 1 ]; then where+=" (+$DM_QUORUM_NR_SECTORS)"; fi
}

describe_failure() {
	priority=crit
	case $type in
	check | repair | resync | recover) text="no quorum$where$votes: found by a $type" ;;
	*) text="no quorum for a $type$where$votes: the caller got an error" ;;
	esac
}

describe_bad() {
	priority=warning
	if [ -n "${DM_QUORUM_ERROR-}" ]; then
		text="$leg failed a $type$where with error $DM_QUORUM_ERROR"
	elif [ "$type" = rewrite ]; then
		text="$leg does not hold what it was given in a $type$where"
	else
		text="$leg lost the vote on a $type$where$votes"
	fi
}

describe_walk() {
	priority=notice
	text="$type is complete: ${DM_QUORUM_MISMATCHES-?} lost votes, ${DM_QUORUM_NO_QUORUM-?} blocks without a winner,"
	text+=" ${DM_QUORUM_REWRITTEN-?} blocks repaired, ${DM_QUORUM_RECOVERED-?} sectors recovered"
	if [ -n "${DM_QUORUM_ERROR-}" ]; then
		priority=warning
		text+="; some could not be"
	fi
}

describe_summary() {
	case $DM_ACTION in
	QUORUM_FAILURE) priority=crit ;;
	*) priority=warning ;;
	esac
	text="${DM_QUORUM_LEG:+$leg: }$SUMMARY_EVENTS more events ${DM_ACTION-}${DM_QUORUM_TYPE:+ of type $type}"
	text+=" in $SUMMARY_SECONDS s"
	if [ "$SUMMARY_SECTORS" != 0 ]; then text+=", $SUMMARY_SECTORS sectors"; fi
	if [ "$SUMMARY_SUPPRESSED" != 0 ]; then text+="; $SUMMARY_SUPPRESSED others were not sent"; fi
}

# describe: sets $text, for people, and $priority, for the log, from the event's keys
describe() {
	local where leg type votes
	where_of
	leg="leg ${DM_QUORUM_LEG-?} (${DM_QUORUM_DEV-?})"
	type=${DM_QUORUM_TYPE-?}
	votes=${DM_QUORUM_VOTES:+ (votes: $DM_QUORUM_VOTES)}
	if [ -n "${SUMMARY_EVENTS-}" ]; then
		describe_summary
		return
	fi
	case ${DM_ACTION-} in
	QUORUM_REPORT_BAD) describe_bad ;;
	QUORUM_FAILURE) describe_failure ;;
	QUORUM_LEG_FAILED) priority=err text="$leg is no longer used" ;;
	QUORUM_LEG_RESTORED) priority=notice text="$leg is in use again" ;;
	QUORUM_SYNC_DONE) describe_walk ;;
	QUORUM_LOG_FAILED) priority=crit text="the log cannot be written (error ${DM_QUORUM_ERROR-?}): writes are held" ;;
	QUORUM_SPARE_USED) priority=notice text="$leg is replaced by the spare ${DM_QUORUM_SPARE-?}, which is being filled" ;;
	QUORUM_SPARE_FAILED) priority=err text="$leg is not replaced: ${DM_QUORUM_REASON-?}" ;;
	*) priority=warning text="event ${DM_ACTION-without a name}" ;;
	esac
	if [ "${DM_QUORUM_SUPPRESSED:-0}" != 0 ]; then text+="; $DM_QUORUM_SUPPRESSED events before this one were not sent"; fi
}

# keys_of: sets $keys to the names of those that the event has
keys_of() {
	local key
	keys=()
	for key in DM_ACTION DM_SEQNUM "${!DM_QUORUM_@}" "${!SUMMARY_@}" DM_NAME DM_UUID; do
		if [ -n "${!key-}" ]; then keys+=("$key"); fi
	done
}
