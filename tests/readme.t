#!/bin/bash
# only on 6.12
# takes 15 s
# The example in README.md can be followed, and says what it says there, but for a few numbers of the uevent.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/udev.sh"
command -v quorumsetup > /dev/null || skip_all 'quorumsetup is not installed'

# shown: what README.md has of it, commands and output
shown() { awk '/^## / { example = /Example/ } example && sub(/^    /, "")' README.md; }
# the uevent, which begins with KERNEL and ends with MINOR; its times and counters differ
uevent() { sed -n '/^KERNEL/,/^MINOR/p' | sed 's/^KERNEL[^ ]*/KERNEL/; s/^\(DISKSEQ\|SEQNUM\)=.*/\1/'; }
rest() { sed '/^KERNEL/,/^MINOR/d'; }

# the disks are /dev/loop0 to 3, also for those who follow
is "$(losetup --list --noheadings)" '' 'no loop device is in use'
shown > "$work/shown"
ok 'the example has commands' test "$(grep -c '^# ' "$work/shown")" -gt 20
udevadm monitor --kernel --property --subsystem-match=block > "$work/monitor" &
monitor=$!
poll grep -q KERNEL "$work/monitor"
(
	set +e
	cd "$work" || exit
	sed -n 's/^# //p' shown | while read -r command; do
		echo "# $command"
		eval "$command" 2>&1 < /dev/null
	done > output
)
is "$(cat "$work/output")" "$(rest < "$work/shown")" 'they do what it says'
is "$(losetup --list --noheadings; dmsetup ls --target quorum)" 'No devices found' 'and leave nothing'
kill $monitor
wait $monitor || :
is "$(perl -00 -ne 'print and exit if /QUORUM_REPORT_BAD/' "$work/monitor" | uevent)" "$(uevent < "$work/shown")" 'it is told like that'
done_testing
