#!/bin/bash
# only on 6.12
# Promise: udevd neither waits for the handler of events nor kills it, and where systemd runs, the handler becomes a unit of
# its own. No part of an event is in the words that this is told.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/udev.sh"

# --- a script that does not come to an end
mkfifo "$work/gate"
site_script all-gate "echo \"started \$DM_ACTION \$DM_QUORUM_LEG\" >> $work/handled
read -r < $work/gate
echo \"ended \$DM_QUORUM_LEG\" >> $work/handled"
touch "$work/handled"

loop_legs 3 16384
dmsetup create q --table "$(quorum_table 2 "${legs[@]}")"
devices+=(q)
udevadm settle
record_events
message q fail 2
wait_events 1
ok 'the handler is started' poll grep -q '^started QUORUM_LEG_FAILED 2' "$work/handled"
ok 'udev is done with the event while the handler still runs' udevadm settle --timeout=170
is "$(cat "$work/handled")" 'started QUORUM_LEG_FAILED 2' 'which it does'
echo go > "$work/gate"
ok 'the handler runs to its end' poll grep -q '^ended 2' "$work/handled"

# --- where systemd runs: a stand-in for it takes down what it is told
if [ -e /run/systemd/system ] || [ -e /usr/bin/systemd-run ]; then
	report 1 'systemd is not here, and there is room for a stand-in'
	done_testing
fi
cat > /usr/bin/systemd-run << 'EOT'
#!/bin/bash
printf '[%s]' "$@" >> /run/told
echo >> /run/told
EOT
chmod +x /usr/bin/systemd-run
mkdir -p /run/systemd/system
at_end 'rm -f /usr/bin/systemd-run /run/told; rmdir /run/systemd/system'
handler=/usr/lib/dm-quorum/event-handler
# of the service, and of the timer: it waits for the system, and does not require it
order=(DefaultDependencies=no Conflicts=shutdown.target Before=shutdown.target After=basic.target)
of_service=$(printf '[--property=%s]' "${order[@]}") of_timer=$(printf '[--timer-property=%s]' "${order[@]}")
notify DISKSEQ=99999999 DEVNAME=/dev/dm-9 DM_TARGET=quorum DM_ACTION=QUORUM_REPORT_BAD "DM_NAME=a b;\$(c)" \
	DM_UDEV_RULES_VSN=2 DM_QUORUM_LEG=1 DM_QUORUM_TYPE=read
is "$(cat /run/told)" "[--quiet][--no-block][--collect]${of_service}[$handler][99999999]" 'a unit is made of the handler'
# shellcheck disable=SC2016 # as it is
is "$(cat /run/dm-quorum/99999999/in.*)" "$(printf '\tDEVNAME=/dev/dm-9\tDISKSEQ=99999999\tDM_NAME=a b;$(c)\tDM_TARGET=quorum\tDM_ACTION=QUORUM_REPORT_BAD\tDM_QUORUM_LEG=1\tDM_QUORUM_TYPE=read')" \
	'the keys of the event are written down, and no others'

# and when the handler runs, with no scripts of ours, it asks to be started again at the end of the interval
rm /run/told "$site"/events.d/*
"$handler" 99999999
is "$(grep 99999999 /run/told | sed -E 's/=3[0-9]{3}\]/=3???]/')" \
	"[--quiet][--no-block][--collect]${of_service}${of_timer}[--on-active=3???][--timer-property=AccuracySec=1s][$handler][99999999]" \
	'the end of the interval is a timer'
done_testing
