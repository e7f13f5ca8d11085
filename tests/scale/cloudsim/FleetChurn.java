// FLEET-CHURN v0 on CloudSim Plus 8.5.7 (your jar; it is not part of this project), by true First Fit:
//
//   javac -cp cloudsimplus.jar ChurnTrace.java FleetChurn.java
//   java -cp cloudsimplus.jar:. FleetChurn 1000
//
// prints what `strata fleet churn --hosts 1000` prints, and placements a CPU second. Its clock moves in
// steps, so that departures shift by up to 0.2 s and hosts differ: placed, rejected and the most running
// agree. The policy it ships as First Fit goes on from the last host (Next Fit), hence the one below.

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.cloudsimplus.allocationpolicies.VmAllocationPolicyAbstract;
import org.cloudsimplus.brokers.DatacenterBrokerSimple;
import org.cloudsimplus.cloudlets.Cloudlet;
import org.cloudsimplus.cloudlets.CloudletSimple;
import org.cloudsimplus.core.CloudSimPlus;
import org.cloudsimplus.datacenters.DatacenterSimple;
import org.cloudsimplus.hosts.Host;
import org.cloudsimplus.hosts.HostSimple;
import org.cloudsimplus.resources.Pe;
import org.cloudsimplus.resources.PeSimple;
import org.cloudsimplus.schedulers.cloudlet.CloudletSchedulerSpaceShared;
import org.cloudsimplus.schedulers.vm.VmSchedulerSpaceShared;
import org.cloudsimplus.utilizationmodels.UtilizationModelFull;
import org.cloudsimplus.vms.Vm;
import org.cloudsimplus.vms.VmSimple;

public final class FleetChurn {
    private static final int MIPS = 1000;
    private static int running, peak, placed;

    /** The host of the lowest number that fits. */
    private static final class FirstFit extends VmAllocationPolicyAbstract {
        @Override
        protected Optional<Host> defaultFindHostForVm(final Vm vm) {
            for (final Host host : this.<Host>getHostList()) if (host.isSuitableForVm(vm)) return Optional.of(host);
            return Optional.empty();
        }
    }

    private static Host host() {
        final List<Pe> cores = new ArrayList<>();
        for (int i = 0; i < 16; i++) cores.add(new PeSimple(MIPS));
        final Host host = new HostSimple(64 * 1024, 1_000_000_000, 1_000_000_000, cores);
        host.setVmScheduler(new VmSchedulerSpaceShared());
        return host;
    }

    public static void main(final String[] arguments) {
        final int hosts = Integer.parseInt(arguments[0]);
        final ChurnTrace trace = new ChurnTrace(hosts);
        final CloudSimPlus simulation = new CloudSimPlus(0.1);
        final List<Host> list = new ArrayList<>();
        for (int i = 0; i < hosts; i++) list.add(host());
        new DatacenterSimple(simulation, list, new FirstFit());
        final DatacenterBrokerSimple broker = new DatacenterBrokerSimple(simulation);
        final List<Vm> vms = new ArrayList<>();
        final List<Cloudlet> tasks = new ArrayList<>();
        for (int i = 0; i < trace.total; i++) {
            final int cores = ChurnTrace.CORES[trace.shape[i]];
            final Vm vm = new VmSimple(MIPS, cores);
            vm.setRam(ChurnTrace.GIB[trace.shape[i]] * 1024L).setBw(1).setSize(1);
            vm.setCloudletScheduler(new CloudletSchedulerSpaceShared());
            vm.setSubmissionDelay(trace.atMs[i] / 1000.0);
            // A moment before its task ends, so that both go together.
            vm.setLifeTime((trace.lifeMs[i] - 1) / 1000.0);
            vm.addOnHostAllocationListener(event -> {
                placed++;
                peak = Math.max(peak, ++running);
            });
            vm.addOnHostDeallocationListener(event -> running--);
            final Cloudlet task = new CloudletSimple(trace.lifeMs[i] * MIPS / 1000, cores, new UtilizationModelFull());
            task.setSubmissionDelay(trace.atMs[i] / 1000.0);
            broker.bindCloudletToVm(task, vm);
            vms.add(vm);
            tasks.add(task);
        }
        broker.submitVmList(vms);
        broker.submitCloudletList(tasks);
        simulation.start();
        final double seconds = ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime() * 1e-9;
        System.out.printf("trace checksum %016x%nplaced %d%nrejected %d%nmost running at a time %d%n%.2f CPU s, %.0f placements/s%n",
            trace.checksum(), placed, trace.total - placed, peak, seconds, placed / seconds);
    }
}
