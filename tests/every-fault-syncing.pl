#!/usr/bin/perl
# every-fault-syncing.pl REPORT SIZE LOG SLOW LEG... DISK...: checks and repairs a quorum device, and gives its legs what
# they lack, with each fault in turn, see faults.pm.
use strict;
use warnings;
use lib 'tests';
use faults;

use constant { AT => 131072, PAGE => 4096 };
use constant { BYTES => 16 * PAGE, FIRST => AT / 512, BEHIND => (AT + 16 * PAGE) / 512 };

faults::begin(@ARGV);
my $held = 1;
my ($name, @options);

sub before {
	my $wrong = faults::sound() || (faults::holders($held, AT, BYTES) ne '012' && 'the legs differ');
	die "before: $wrong\n" if $wrong;
}
sub renew {
	faults::idle();
	my $is = faults::status();
	faults::message('restore 1') if $is->{health} =~ /D/;
	my $wrong;
	if ($is->{health} ne 'AAA') {
		faults::walk_over('resync');
		$wrong = faults::status()->{health} ne 'AAA' || faults::holders($held, AT, BYTES) ne '012';
	}
	faults::fill($held, BYTES);
	faults::pwrite(AT, BYTES);
	faults::walk_over('idle');
	faults::message('reset_counters');
	die "the legs differ after a resync\n" if $wrong;
}
sub damaged { before(); faults::damage(1, AT + 3 * PAGE, 2 * PAGE) }
# missed(): leg 1 misses a write, and is in use again
sub missed {
	before();
	faults::message('frozen');
	faults::message('fail 1');
	$held = $held % 100 + 1;
	faults::fill($held, BYTES);
	faults::pwrite(AT, BYTES);
}
# found(IS, STRUCK): is it right what is told of the damage of leg 1?
sub found {
	my ($is, $struck) = @_;
	my ($leg, $failed) = ($is->{leg}[1], $struck eq 'fail_make_request');
	return 0 if $is->{mismatches} != $leg->{mismatches} || $is->{no_quorum} || $is->{raced} || $is->{health} ne 'AAA';
	# the log makes requests of its own
	return 0 if $is->{reads} + $is->{writes} != $failed && !(@options && $failed);
	return $leg->{mismatches} == 2 || ($leg->{mismatches} == 0 && $leg->{reads});
}
# checked(IS, STRUCK), repaired(...), given(...): whether it is as it should be
sub checked { found(@_) && faults::holders($held, AT, BYTES) eq '02' }
sub repaired {
	my ($is) = @_;
	return found(@_) && $is->{rewritten} == 2 && faults::holders($held, AT, BYTES) eq '012';
}
# a leg that fails what it is given is left alone
sub given {
	my ($is, $struck) = @_;
	my $failed = $struck eq 'fail_make_request';
	return 0 if faults::counted($is) !~ ($failed ? qr/^0 0 0 0 (1 0|0 1)$/ : qr/^0 0 0 0 0 0$/) && !(@options && $failed);
	return faults::holders($held, AT, BYTES) eq '012' if $is->{health} eq 'AAA';
	return $is->{health} eq 'AaA' && $is->{leg}[1]{writes} + $is->{leg}[1]{reads} == 1;
}

# each_fault(WHAT, BEFORE, DO, RIGHT)
sub each_fault {
	my ($what, $before, $do, $right) = @_;
	for my $fault (qw(failslab fail_page_alloc fail_make_request)) {
		faults::walk("${what}_$name", $fault, {
			before => $before,
			do => sub { $do->(); faults::idle(); faults::settle() },
			after => sub {
				my ($error, $struck) = @_;
				my $is = faults::status();
				return $error || (!$right->($is, $struck) && $is->{told}) || faults::reads($held, AT, BYTES);
			},
			heal => \&renew,
		});
	}
}

my @core = qw(log core 2 128 nosync);
for (['plain'], ['log', @core]) {
	($name, @options) = @$_;
	faults::create(faults::table(@options));
	renew();
	each_fault('check', \&damaged, sub { faults::message("check @{[FIRST]} @{[BEHIND]}") }, \&checked);
	each_fault('repair', \&damaged, sub { faults::message("repair @{[FIRST]} @{[BEHIND]}") }, \&repaired);
	each_fault('recover', sub { missed(); faults::message('idle') }, sub { faults::message('restore 1') }, \&given);
	each_fault('resync', sub { missed(); faults::message('restore 1') }, sub { faults::message('resync') }, \&given);
	each_fault('rebuild', sub {
		before();
		faults::damage(1, 0, 512 * $faults::size);
		dm::load('q', faults::table(@options, 'rebuild', 1));
	}, sub { dm::resume('q') }, \&given);
	faults::remove();
}
