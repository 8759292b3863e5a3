//! What hiroz sees of others.

use hiroz::entity::{EndpointKind, Entity};
use hiroz::graph::Graph;

/// Prints what there is, one thing a line, and `seen` at the end.
///
/// | line | |
/// |---|---|
/// | `node NAME` | with its namespace |
/// | `topic NAME TYPE` | with DDS's name of the type |
/// | `service NAME TYPE` | as above |
/// | `publisher NAME TYPE HASH NODE` | also `subscriber`, `server`, `client` |
pub fn print(graph: &Graph) {
    for (name, namespace) in graph.get_node_names() {
        println!("node {}/{name}", namespace.trim_end_matches('/'));
    }
    for (name, kind) in graph.get_topic_names_and_types() {
        println!("topic {name} {kind}");
        endpoints("publisher", &graph.get_entities_by_topic(EndpointKind::Publisher, &name));
        endpoints("subscriber", &graph.get_entities_by_topic(EndpointKind::Subscription, &name));
    }
    for (name, kind) in graph.get_service_names_and_types() {
        println!("service {name} {kind}");
        endpoints("server", &graph.get_entities_by_service(EndpointKind::Service, &name));
        endpoints("client", &graph.get_entities_by_service(EndpointKind::Client, &name));
    }
    println!("seen");
}

fn endpoints(what: &str, entities: &[std::sync::Arc<Entity>]) {
    for entity in entities {
        if let Entity::Endpoint(endpoint) = &**entity
            && let (Some(kind), Some(node)) = (&endpoint.type_info, &endpoint.node)
        {
            let namespace = node.namespace.trim_end_matches('/');
            println!(
                "{what} {} {} {} {namespace}/{}",
                endpoint.topic, kind.name, kind.hash, node.name
            );
        }
    }
}
