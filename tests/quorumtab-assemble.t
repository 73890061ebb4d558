#!/bin/bash
# takes 15 s
# P2: a device of /etc/quorumtab is made when its legs are there, and without those that do not come, if old data cannot win
# a vote then. A leg that was away is filled before it votes again, with and without a log, and is never the one that is
# believed.
# only on 6.12
# shellcheck disable=SC2317 # functions that are only called through others
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/quorumsetup.sh"

state=/var/lib/dm-quorum/q
no_module=/etc/modprobe.d/no-dm-quorum.conf
at_end "rm -f $no_module"
mkdir -p "${state%/*}"
rm -f "$state" /run/dm-quorum/q.heeded

# tab OPTIONS [LEG...]: the line of q
tab() {
	local options=$1 legs
	shift
	legs=$(printf ",$work/leg%s" "${@:-0}")
	printf 'q %s device-timeout=1%s\n' "${legs#,}" "${options:+,$options}" > /etc/quorumtab
}
# plug LEG..., unplug LEG...: the device is there by this path, or not
plug() { local leg; for leg; do ln -sfn "${disks[leg]}" "$work/leg$leg"; done; }
unplug() { local leg; for leg; do rm -f "$work/leg$leg"; done; }
health() { dmsetup status q | awk '{ print $6 }'; }
in_sync() { [ "$(health)" = "$1" ]; }
behind() { grep ^behind "$state" || :; }
assemble() { quorumsetup assemble q 2> "$work/warnings" > "$work/told"; }
# refused REGEX NAME: q is not made, and this is why
refused() {
	fails "$2" assemble
	like "$(cat "$work/warnings")" "$1" 'and why is told'
	is "$(dmsetup info -c --noheadings -o name)" 'No devices found' 'there is no device'
}
close() { quorumsetup close q; }

loop_legs 3 2048
legs=()
loop_legs 2 4096
plug 0 1 2 4

# --- all there
tab '' 0 1 2
ok 'it is made' assemble
is "$(health)" AAA 'of all legs'
is "$(cat "$work/warnings" "$work/told")" '' 'and nothing is to be told'
is "$(sed 1d "$state")" 'size 2048' 'its size is remembered'
ok 'making it again does nothing' assemble
is "$(health)" AAA 'it is as it was'
write_at /dev/mapper/q 0 2048 0x11
close

# --- one away: its votes are not needed, and it can never win one
unplug 1
ok 'it is made without a leg' assemble
is "$(health)" A-A 'which is absent'
is "$(cat "$work/warnings")" "quorumsetup: q: leg 1, $work/leg1, is missing" 'that is told'
is "$(behind)" "behind $work/leg1" 'and remembered'
write_at /dev/mapper/q 0 8 0x22
close
unplug 2
refused 'q has 1 of 3 legs, and needs 2' 'it is not made with too few'

# --- back, but nobody else is there who knows better
plug 1
refused 'too few legs are there that missed no writes, 1, and it needs 2; .*/var/lib/dm-quorum/q' \
	'nor with one that missed writes'
plug 2
ok 'it is made with all' assemble
is "$(cat "$work/told")" "q: leg 1, $work/leg1, missed writes when it was away: it will be filled" \
	'what will be done is told'
like "$(behind)" "leg1" 'it still counts as behind'
ok 'the leg is filled' poll in_sync AAA
ok 'it has what it missed' holds "${disks[1]}" 0 8 0x22
is "$(counters q)" '0 0 0 0 / 0 0 0 0 / 0 0 0 0 / 0 0 0 0' 'nobody was blamed'
quorumsetup remember q
is "$(behind)" '' 'and is not behind any more'

# --- a leg that fails while the device is in use
message q fail 0
is "$(behind)" '' 'a leg that fails'
close
is "$(behind)" "behind $work/leg0" 'is remembered when the device is closed'
ok 'it is made again' assemble
ok 'and the leg filled' poll in_sync AAA
quorumsetup remember
is "$(behind)" '' 'and forgotten'
close

# --- made where nothing can be read or noted, as in the initramfs
unplug 1
ok 'without a leg again' assemble
write_at /dev/mapper/q 0 8 0x33
close
mv "${state%/*}" "$work/elsewhere"
plug 1
ok 'it is made, and nothing is known' assemble
is "$(health)" AAA 'the old leg votes'
ok 'and loses' holds /dev/mapper/q 0 8 0x33
mv "$work/elsewhere" "${state%/*}"
ok 'remembering does not mistake that' quorumsetup remember q
is "$(behind)" "behind $work/leg1" 'for a leg that has got all'
dm suspend q
fails 'it is not recalled while it is suspended' quorumsetup recall
like "$(cat "$work/said")" 'q is suspended' 'which is told'
like "$(dmsetup info q)" 'SUSPENDED.*Tables present: *LIVE[[:space:]]' 'and it stays so'
dm resume q
ok 'it is recalled when it is known' quorumsetup recall
ok 'and the leg is filled' poll in_sync AAA
ok 'it has what it missed' holds "${disks[1]}" 0 8 0x33
quorumsetup remember
is "$(behind)" '' 'and is not behind any more'
close

tab readonly 0 1 2
ok 'one that can only be read' assemble
rm /run/dm-quorum/q.heeded
echo "behind $work/leg1" >> "$state"
ok 'is recalled, too' quorumsetup recall
is "$(health) $(blockdev --getro /dev/mapper/q)" 'A-A 1' 'as the leg cannot be filled, it is not used'
close
ok 'it is made' assemble
is "$(health) $(blockdev --getro /dev/mapper/q)" 'A-A 1' 'without that leg'
like "$(cat "$work/warnings")" "leg 1, $work/leg1, missed writes .* is left out" 'which is told'
close
is "$(behind)" "behind $work/leg1" 'and not forgotten'
tab '' 0 1 2
ok 'when it can be written' assemble
ok 'the leg is filled' poll in_sync AAA
quorumsetup remember
close

# --- made before there was a line of it
rm -f "$state" /etc/quorumtab
ok 'it is made without a line' quorumsetup create q "$work/leg0" "$work/leg1" "$work/leg2"
tab '' 0 1 2
quorumsetup remember
message q fail 1
quorumsetup remember
is "$(behind)" "behind $work/leg1" 'what a leg misses is noted'
ok 'it is restored' quorumsetup restore --wait q 1
quorumsetup remember
is "$(health) $(behind)" 'AAA ' 'and that it has it all is noted, too'
message q fail 1
quorumsetup remember
table=$(dmsetup table q)
close
dm_create q "$table"
is "$(health)" AAA 'made by dmsetup, it takes no account of what is noted'
quorumsetup remember
is "$(behind)" "behind $work/leg1" 'so nothing is forgotten'
ok 'before it is recalled' quorumsetup recall
ok 'and filled' poll in_sync AAA
quorumsetup remember
is "$(behind)" '' 'then it is'
close
unset 'devices[-1]'

# --- what is not safe
unplug 2
tab no-degraded 0 1 2
refused 'is not to be made without all legs$' 'not if the line forbids it'
rm "$state"
tab '' 0 1 2
refused 'nothing tells its size: give size=' 'not if nobody knows how long it was'
plug 2
tab threshold=1 0 1
unplug 1
refused 'q is not safe without all legs, as 1 votes of 2 are enough and there is no log' 'not if an old leg could win'
tab threshold=1,size=2048,degraded 0 1
ok 'unless the line says so' assemble
write_at /dev/mapper/q 0 8 0x44
close
plug 1
unplug 0
refused 'too few legs are there that missed no writes, 0' 'but the old leg alone is never believed'
plug 0
ok 'both are' assemble
ok 'the old one is filled' poll in_sync AA
ok 'from the new one' holds "${disks[1]}" 0 8 0x44
quorumsetup remember
close

# --- a log knows by itself
tab "threshold=1,size=2048,log=disk:$work/leg3:64" 0 1
refused "the log's device, .*leg3, is missing" 'not without its log'
plug 3
ok 'with a log it is made' assemble
is "$(dmsetup table q | awk '{ print $(NF - 1) }')" "$(dev_number "${disks[3]}")" 'which is named by its number'
ok 'it is made equal' poll in_sync AA
wait_idle q
write_at /dev/mapper/q 0 2048 0x55
close
unplug 1
ok 'with a log it is made without a leg' assemble
is "$(health)" A- 'which is absent'
write_at /dev/mapper/q 64 8 0x66
close
is "$(behind)" '' 'nothing but the log has to know'
plug 1
unplug 0
ok 'the old leg alone' assemble
fails 'has no vote where it missed something' read_at /dev/mapper/q 64 8
ok 'and has one elsewhere' holds /dev/mapper/q 1024 8 0x55
close
plug 0
ok 'both' assemble
ok 'get equal' poll in_sync AA
ok 'by what was written' holds "${disks[1]}" 64 8 0x66
close
rm "$state"

# --- a log in memory, which is new with the table of a recall, is told what the old one knew
speed=/sys/module/dm_quorum/parameters/sync_speed
slowly() { echo 1 | tee ${speed}_min > ${speed}_max; }
fast() { echo 200000 > ${speed}_max; echo 1000 > ${speed}_min; }
# recalled: leg 1, which was not known to be behind when the device was made
recalled() {
	rm /run/dm-quorum/q.heeded
	echo "behind $work/leg1" > "$state"
	quorumsetup recall
}
tab log=core:64,threshold=2 0 1 2 3
ok 'a device with a log in memory' assemble
wait_idle q
is "$(progress q)" '2048/2048 idle' 'its legs are equal'
slowly
ok 'a leg is filled' recalled
like "$(dmsetup table q)" 'log core 2 64 nosync rebuild 1$' 'and the others are known to be equal'
is "$(health)" AaAA 'it has no vote meanwhile'
close
rm "$state"
ok 'again' assemble
is "$(progress q | cut -d ' ' -f 2)" resync 'its legs are made equal'
ok 'a leg is filled meanwhile' recalled
like "$(dmsetup table q)" 'log core 1 64 rebuild 1$' 'and that begins anew'
close
rm "$state"
tab log=core:64:nosync,threshold=2 0 1 2 3
ok 'one whose legs are told to be equal' assemble
message q frozen
message q fail 2
write_at /dev/mapper/q 0 8 0x77
message q restore 2
is "$(health)" AAaA 'one has missed a write since'
ok 'another one is filled' recalled
like "$(dmsetup table q)" 'log core 1 64 rebuild 1 rebuild 2$' 'both are, and nothing is forgotten'
fast
ok 'all are equal then' poll in_sync AAAA
wait_idle q
ok 'by what was written' holds "${disks[1]}" 0 8 0x77
close
rm "$state"

# --- the shortest leg is away
tab '' 0 1 3
ok 'legs of different sizes' assemble
is "$(blockdev --getsz /dev/mapper/q)" 2048 'the shortest counts'
close
tab threshold=1,degraded 0 3
ok 'again, with two' assemble
close
unplug 0
ok 'without the short one' assemble
is "$(blockdev --getsz /dev/mapper/q)" 2048 'the size is what it was'
close
plug 0
ok 'with it' assemble
ok 'it is filled' poll in_sync AA
quorumsetup remember
ok 'it is replaced by a longer one' quorumsetup replace --force --wait q 0 "$work/leg4"
is "$(blockdev --getsz /dev/mapper/q)" 2048 'the size stays'
close
ok 'again, of the long ones' assemble
is "$(awk '{ print $2 }' /etc/quorumtab)" "$work/leg4,$work/leg3" 'which the line has'
is "$(blockdev --getsz /dev/mapper/q)" 2048 'the size stays'
close

# --- waiting
tab device-timeout=600 0 1 2
rm "$state"
unplug 2
assemble &
waiter=$!
nap 0.5
is "$(dmsetup info -c --noheadings -o name)" 'No devices found' 'it waits for a leg'
plug 2
ok 'and is made when that comes' wait $waiter
is "$(health)" AAA 'of all legs'
close

# --- all
{
	echo "q $work/leg0,$work/leg1,$work/leg2"
	echo "manual $work/leg0 noauto"
	echo "gone $work/nothing device-timeout=0,nofail"
} > /etc/quorumtab
ok 'all are made, one that may fail does' quorumsetup assemble --all
is "$(dmsetup info -c --noheadings -o name)" q 'and those that are made by hand only are not'
close
sed -i s/,nofail// /etc/quorumtab
fails 'one that may not fail does' quorumsetup assemble --all
is "$(health)" AAA 'the others are made all the same'
close
fails 'there is no such line' quorumsetup assemble nothing
fails 'which one?' quorumsetup assemble
fails 'one or all?' quorumsetup assemble --all q

# --- where there is no module, as for a kernel that dkms could not build it for
modprobe -r dm_quorum
ok 'the module is not there' test ! -e /sys/module/dm_quorum
echo 'install dm_quorum /bin/false' > "$no_module"
tab device-timeout=600 0 1 2
fails 'nothing is made' assemble
like "$(cat "$work/warnings")" 'q cannot be created: .*the kernel' 'it is told'
is "$(dmsetup info -c --noheadings -o name)" 'No devices found' 'no device is left half made'
rm "$no_module"
modprobe dm_quorum
done_testing
