# SPDX-License-Identifier: GPL-2.0-only
#
# make                  build for the running kernel
# make KDIR=DIR         build for the kernel whose headers are in DIR
# make install          install the module, and the udev rules
# make tools            build quorumsetup
# make tools_install    install it, and the man pages
# make demo             see it work, in a virtual machine
# make check            run all tests, on every supported kernel or on KERNELS="..."
# make bench            measure it beside others, on KERNEL; BENCH=quick or full
# make bench-check      are the promises about speed kept?
# make torture          one fault after the other for TIME seconds, as SEED has it, on KERNEL

KDIR ?= /lib/modules/$(shell uname -r)/build

all: modules

help:
	@sed -n 's/^# make /make /p' Makefile

modules clean:
	$(MAKE) -C $(KDIR) M=$(CURDIR) $@

install: modules udev_install
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules_install
	depmod -a $$(cat $(KDIR)/include/config/kernel.release)

udev_install:
	install -D -m 644 udev/11-dm-quorum.rules \
		$(DESTDIR)/usr/lib/udev/rules.d/11-dm-quorum.rules
	install -D -m 755 udev/dm-quorum-notify \
		$(DESTDIR)/usr/lib/udev/dm-quorum-notify
	install -D -m 755 udev/event-handler $(DESTDIR)/usr/lib/dm-quorum/event-handler

tools:
	$(MAKE) -C utils

tools_install:
	$(MAKE) -C utils install
	install -D -m 644 man/quorumsetup.8 $(DESTDIR)/usr/share/man/man8/quorumsetup.8
	install -D -m 644 man/dm-quorum.4 $(DESTDIR)/usr/share/man/man4/dm-quorum.4

demo:
	tests/vm/run --timeout 900 tests/demo.sh

check:
	tests/check $(KERNELS)

TIME ?= 600
SEED ?= $(shell date +%s)
KERNEL ?= 6.12
torture:
	TIME=$(TIME) SEED=$(SEED) tests/vm/run --kernel $(KERNEL) --timeout $$(($(TIME) + 600)) tests/torture.t

export KERNEL
bench:
	tests/bench/run

bench-check:
	prove tests/bench/bench-check.t

.PHONY: all help modules clean install udev_install tools tools_install demo check torture bench bench-check
