#!/bin/bash
# takes 10 s
# only on 6.12
# P5: a leg that fails is replaced by a spare that /etc/quorumtab names, by the next one if the first is not taken,
# once, and never two at a time, nor while another leg is being filled; it is told what was done. Without a spare nothing is
# done, nor to another device that has got the name meanwhile, and what is no name is no argument.
# What quorumsetup does is not tested here: a stand-in takes down how it is called.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/udev.sh"

tool=/usr/sbin/quorumsetup
cat > "$work/tool" << END
#!/bin/bash
case \$1 in
tab) [ "\$2" != q ] || cat $work/spares ;;
replace)
	read -ra status <<< "\$(dmsetup status "\$4")"
	[ "\${status[5]:\$5:1}" = D ] || { echo "left \$5" >> $work/calls; exit 2; }
	echo "begin \$* (\${status[7]})" >> $work/calls
	read -r < $work/gate
	[[ \$6 != *broken ]] || { echo "\$6: no such disk" >&2; exit 1; }
	# as a replaced leg is
	dmsetup message "\$4" 0 restore "\$5"
	[[ \$6 != *half ]] || { echo 'changed, but not the line' >&2; exit 1; }
	;;
esac
END
chmod +x "$work/tool"
[ -e $tool ] || : > $tool
mount --bind "$work/tool" $tool
# a handler may still be waiting in it
at_end "umount --lazy $tool; rm -f /etc/quorumtab"
mkfifo "$work/gate"
: > "$work/spares"
touch "$work/calls" "$work/told" /etc/quorumtab
site_script all-told "echo \"\$DM_ACTION \$DM_QUORUM_LEG \${DM_QUORUM_SPARE-}\${DM_QUORUM_REASON-}\" >> $work/told"
told() { grep -qxF -- "$1" "$work/told"; }
calls() { grep -qxF -- "$1" "$work/calls"; }
# the stand-in may go on
go() { echo go > "$work/gate"; }

loop_legs 4 16384
dmsetup create q --table "$(quorum_table 2 "${legs[@]}")"
devices+=(q)
udevadm settle
record_events

# --- no spare
message q fail 0
ok 'without a spare, the event is passed on' poll told 'QUORUM_LEG_FAILED 0 '
notify DISKSEQ=99999995 'DM_NAME=q --help' DM_ACTION=QUORUM_LEG_FAILED DM_SEQNUM=1 DM_QUORUM_LEG=7 DM_QUORUM_DEV=7:1 \
	DEVNAME=/dev/dm-1
ok 'so is that of a device with no name' poll told 'QUORUM_LEG_FAILED 7 '
message q restore 0
wait_events 1 DM_ACTION=QUORUM_LEG_RESTORED
is "$(cat "$work/calls")" '' 'and quorumsetup is not called'

# --- the second of two is taken, while another leg fails
printf 'name q\nspare /dev/broken\nspare /dev/new disk\n' > "$work/spares"
message q fail 1
ok 'the first spare is tried' poll calls 'begin replace --quiet --if-failed q 1 /dev/broken (idle)'
message q fail 2
ok 'another leg fails meanwhile' poll told 'QUORUM_LEG_FAILED 2 '
is "$(wc -l < "$work/calls")" 1 'and waits for its turn'
go
ok 'then the second' poll calls 'begin replace --quiet --if-failed q 1 /dev/new disk (idle)'
printf 'name q\nspare /dev/broken\n' > "$work/spares"
go
ok 'it is told that it was used' poll told 'QUORUM_SPARE_USED 1 /dev/new disk'

# --- none is taken for the other leg
ok 'then comes the other leg' poll calls 'begin replace --quiet --if-failed q 2 /dev/broken (idle)'
go
spare_failed() { grep -q '^QUORUM_SPARE_FAILED 2 .*/dev/broken: no such disk' "$work/told"; }
ok 'it is told that there was none for it' poll spare_failed

# --- told of twice, replaced once
printf 'name q\nspare /dev/third\n' > "$work/spares"
diskseq=$(< "/sys/dev/block/$(dev_number /dev/mapper/q)/diskseq")
for number in 1001 1002; do
	notify "DISKSEQ=$diskseq" "DEVNAME=/dev/dm-$(stat -L -c %Lr /dev/mapper/q)" DM_NAME=q DM_ACTION=QUORUM_LEG_FAILED \
		DM_SEQNUM=$number DM_QUORUM_LEG=2 DM_QUORUM_DEV=7:2
done
ok 'a leg that is told of again is replaced' poll calls 'begin replace --quiet --if-failed q 2 /dev/third (idle)'
go
ok 'and it is told' poll told 'QUORUM_SPARE_USED 2 /dev/third'
message q fail 3
ok 'after that comes another leg' poll calls 'begin replace --quiet --if-failed q 3 /dev/third (idle)'
go
ok 'which is replaced, too' poll told 'QUORUM_SPARE_USED 3 /dev/third'
is "$(grep -c '^begin.* 2 /dev/third' "$work/calls") $(grep -c '^left 2' "$work/calls")" '1 1' \
	'the one that was told of twice has been replaced once, and left alone once'

# --- taken, but this could not be written down
wait_idle q
: > "$work/calls"
printf 'name q\nspare /dev/half\nspare /dev/third\n' > "$work/spares"
message q fail 1
ok 'the first spare is tried for a leg' poll calls 'begin replace --quiet --if-failed q 1 /dev/half (idle)'
go
ok 'and taken, but not all is done: that is told' poll told 'QUORUM_SPARE_FAILED 1 /dev/half: changed, but not the line'
is "$(grep -c /dev/third "$work/calls")" 0 'no other is tried, as the leg has not failed any more'
printf 'name q\nspare /dev/third\n' > "$work/spares"

# --- another leg is being filled, or the like
slowest=/sys/module/dm_quorum/parameters/sync_speed_max
fastest=$(< $slowest)
wait_idle q
: > "$work/calls"
echo 1 > ${slowest%max}min
echo 1 > $slowest
message q check
is "$(progress q | cut -d ' ' -f 2)" check 'a check is under way'
message q fail 0
waits_or_goes_on() { pgrep -fx 'sleep 5' > "$work/waiting" || [ -s "$work/calls" ]; }
ok 'a leg fails meanwhile' poll waits_or_goes_on
is "$(cat "$work/calls") $(progress q | cut -d ' ' -f 2)" ' check' 'and is not replaced as long as that goes on'
echo "$fastest" > $slowest
message q idle
ok 'then it is' poll calls 'begin replace --quiet --if-failed q 0 /dev/third (idle)'
go
ok 'as is told' poll told 'QUORUM_SPARE_USED 0 /dev/third'

# --- the device has gone before that is over, and another one has its name
wait_idle q
: > "$work/calls"
echo 1 > $slowest
message q check
message q fail 1
ok 'a leg fails during a check' poll waits_or_goes_on
is "$(cat "$work/calls")" '' 'and is not replaced'
dmsetup remove --retry q
dmsetup create q --table "$(quorum_table 2 "${legs[@]}")"
echo "$fastest" > $slowest
ok 'when the device has gone, nobody waits for its turn any more' poll flock -n /run/dm-quorum/spare.q true
is "$(cat "$work/calls")" '' 'and the next device of the same name is left alone'
done_testing
