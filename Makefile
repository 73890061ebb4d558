# SPDX-License-Identifier: GPL-2.0-only
#
# make                  build for the running kernel
# make KDIR=DIR         build for the kernel whose headers are in DIR
# make install          install the module, the udev rules, and what handles the events
# make tools            build quorumsetup
# make tools_install    install it, the man pages, and what is for boot and for Prometheus
# make deb              build the Debian packages, into the directory above
# make demo             see it work, in a virtual machine
# make check            run the tests, on supported kernels or on KERNELS="..." (one alone: all it can); FULL=1: more on each
# make lint             run the checkers of the sources only: compilers, sparse, clang-tidy, ...
# make coverage         which lines and branches do they reach? Tells, and leaves the others in OUT
# make bench            measure it beside others, on KERNEL; BENCH=quick or full
# make bench-check      are the promises about speed kept?
# make torture          one fault after the other for TIME seconds, as SEED has it, on KERNEL
# make soak             the same for an hour (or TIME), in little memory, and looks for what is lost
# make fuzz             throw damaged lines at the parsers, for TIME seconds

KDIR ?= /lib/modules/$(shell uname -r)/build

all: modules

help:
	@sed -n 's/^# make /make /p' Makefile

modules clean:
	$(MAKE) -C $(KDIR) M=$(CURDIR) $@

install: modules udev_install
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules_install
	depmod -a $$(cat $(KDIR)/include/config/kernel.release)

# Nothing in /etc: that is the site's
udev_install:
	install -D -m 644 udev/11-dm-quorum.rules \
		$(DESTDIR)/usr/lib/udev/rules.d/11-dm-quorum.rules
	install -D -m 644 udev/61-dm-quorum-members.rules \
		$(DESTDIR)/usr/lib/udev/rules.d/61-dm-quorum-members.rules
	install -D -m 755 udev/dm-quorum-notify \
		$(DESTDIR)/usr/lib/udev/dm-quorum-notify
	install -D -m 755 udev/event-handler $(DESTDIR)/usr/lib/dm-quorum/event-handler
	install -D -m 644 -t $(DESTDIR)/usr/lib/dm-quorum udev/functions.sh udev/events.conf
	install -D -m 755 -t $(DESTDIR)/usr/lib/dm-quorum/events.d udev/events.d/*
	install -D -m 644 man/dm-quorum-events.7 $(DESTDIR)/usr/share/man/man7/dm-quorum-events.7

tools:
	$(MAKE) -C utils

tools_install: boot_install monitoring_install
	$(MAKE) -C utils install
	install -D -m 644 man/quorumtab.5 $(DESTDIR)/usr/share/man/man5/quorumtab.5
	install -D -m 644 man/quorumsetup.8 $(DESTDIR)/usr/share/man/man8/quorumsetup.8
	install -D -m 644 man/dm-quorum.4 $(DESTDIR)/usr/share/man/man4/dm-quorum.4

monitoring_install:
	for unit in quorumsetup-metrics.service quorumsetup-metrics.timer; do \
		install -D -m 644 monitoring/$$unit $(DESTDIR)/usr/lib/systemd/system/$$unit || exit; \
	done
	for file in dm-quorum.rules.yml dm-quorum.rules-test.yml dm-quorum.dashboard.json; do \
		install -D -m 644 monitoring/$$file $(DESTDIR)/usr/share/dm-quorum/$$file || exit; \
	done

boot_install:
	for unit in systemd/*; do \
		install -D -m 644 "$$unit" $(DESTDIR)/usr/lib/systemd/"system/$${unit##*/}" || exit; \
	done
	install -D -m 755 initramfs/hook $(DESTDIR)/usr/share/initramfs-tools/hooks/dm-quorum
	for when in local-top local-block; do \
		install -D -m 755 initramfs/assemble \
			$(DESTDIR)/usr/share/initramfs-tools/scripts/$$when/dm-quorum || exit; \
	done

deb:
	dpkg-buildpackage -b -us -uc -tc

demo:
	tests/vm/run --timeout 900 tests/demo.sh

export FULL
check:
	tests/check $(or $(KERNELS),$(if $(findstring command,$(origin KERNEL)),$(KERNEL)))

OUT ?= coverage
coverage:
	tests/coverage $(OUT)

lint:
	prove tests/static/*.t

TIME ?= 600
SEED ?= $(shell date +%s)
KERNEL ?= 6.12
torture:
	TIME=$(TIME) SEED=$(SEED) tests/vm/run --kernel $(KERNEL) --timeout $$(($(TIME) + 600)) tests/torture.t

# three hours at most for what takes one on a machine with a processor to spare
soak: TIME = 3600
soak:
	TIME=$(TIME) SEED=$(SEED) tests/vm/run --kernel $(KERNEL) --timeout $$((2 * $(TIME) + 3600)) \
		$$(sed -n 's/^# vm: //p' tests/soak/soak.t) tests/soak/soak.t

# It has five targets, one after the other.
fuzz:
	tests/fuzz/run max_total_time=$$(($(TIME) / 5))

export KERNEL
bench:
	tests/bench/run

bench-check:
	prove tests/bench/bench-check.t

.PHONY: all help modules clean install udev_install tools tools_install boot_install monitoring_install deb demo check coverage lint torture soak fuzz bench bench-check
